"""Faults of one line that a test must notice: in which file, which line, what it becomes."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """One changed line of `file`, and the tests (below tests/) that are nearest to it."""

    file: str
    old: str
    new: str
    tests: str


TABLE: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("engine/check/cache.py", "engine/test_check.py"): [
        ("repr(sorted(node.param_values().items()))", '""'),
        ("(_mark(part, gradients=gradients) for part in value)", "(value.shape,)"),
        ("(gradients or not value.requires_grad)", "(gradients or True)"),
    ],
    ("engine/pull/generated.py", "engine/test_generated.py"): [
        ("for slot in last.get(call.slot, ())", "for slot in ()"),
        ("call = calls[line]", "call = next(iter(calls.values()))"),
        ("if call.slot not in known]", "]"),
        ("last |= dict.fromkeys([*slots_of(call), call.slot]", "last |= dict.fromkeys([call.slot]"),
    ],
    ("engine/run/steering.py", "engine/test_steering.py"): [
        ("for n in changed if n in train", "for n in changed"),
        ("step=step,", "step=0,"),
    ],
    ("nodes/adversarial/games.py", "nodes/adversarial/test_losses.py"): [
        ("return fake.mean() - real.mean()", "return real.mean() - fake.mean()"),
        ("(1 - target) * real.mean()", "(1 - target) * fake.mean()"),
        ("F.relu(1 - real).mean() + F.relu(1 + fake)", "F.relu(1 - real).mean() + F.relu(fake)"),
        ("0.5 * (fake - 1).square()", "0.5 * (fake + 1).square()"),
    ],
    ("nodes/adversarial/penalties.py", "nodes/adversarial/test_penalties.py"): [
        (".sqrt() - 1).square()", ".sqrt() - 0.9).square()"),
        ("torch.lerp(fake.detach(), real, eps)", "real + 0 * eps"),
        ('"R1": ("real",)', '"R1": ("fake",)'),
    ],
    ("nodes/adversarial/waves.py", "nodes/adversarial/test_waves.py"): [
        ("if not self.training:", "if self.training:"),
        ("-(-found[-1] // STRIDE)", "found[-1] // STRIDE"),
    ],
    ("nodes/layers/order.py", "nodes/adversarial/test_waves.py"): [
        ("(last - (last - place).abs()).clamp_min(0)", "place.clamp(max=last)"),
    ],
    ("nodes/adversarial/base.py", "nodes/adversarial/test_waves.py"): [
        ("scores.gather(1, told[:, None]).squeeze(1)", "scores[:, 0]"),
    ],
    ("nodes/audio/spectra.py", "nodes/audio/test_spectra.py"): [
        ("n_fft, dim=1) * shape[:, None]", "n_fft, dim=1) * shape[:, None].sqrt()"),
        ("torch.minimum(rising, falling)", "torch.maximum(rising, falling)"),
        ("ahead = heard - momentum", "ahead = heard + momentum"),
    ],
    ("nodes/audio/spectrogram.py", "nodes/audio/test_spectra.py"): [
        (".clamp(-1, 1).flip(1)", ".clamp(-1, 1)"),
    ],
    ("nodes/autoencoders/picked_points.py", "nodes/autoencoders/test_latents.py"): [
        ("-1, self.latent", "self.latent, -1"),
        ("*lacking * [0.0]", "*lacking * [1.0]"),
    ],
    ("nodes/data/drawn_points.py", "nodes/data/test_toys.py"): [
        (".view(-1, 2)", ".view(2, -1).T"),
        ("points, torch.zeros_like(which)", "points, which"),
    ],
    ("nodes/data/wav.py", "nodes/data/test_sounds.py"): [
        ("at += 8 + length + length % 2", "at += 8 + length"),
        ("four[:, 1:] = three", "four[:, :3] = three"),
        ("min(frames, most(form.rate))", "frames"),
        ("int.from_bytes(file.read(16)[8:]", "int.from_bytes(file.read(16)[:8]"),
    ],
    ("nodes/data/sounds.py", "nodes/data/test_sounds.py"): [
        ("sound.samples.mean(0, dtype=np.float64)", "sound.samples[0]"),
        ("reach = REACH *", "reach = 0 *"),
    ],
    ("nodes/data/spoken_digits.py", "nodes/data/test_sounds.py"): [
        ("labels % 10, labels // 10", "labels // 10, labels % 10"),
        ("for turn in zip_longest(*digits) for r in turn", "for turn in digits for r in turn"),
    ],
    ("nodes/data/joint_labels.py", "nodes/data/test_sounds.py"): [
        ("return first * self.classes + second", "return first + second"),
    ],
    ("nodes/autoencoders/prior.py", "nodes/autoencoders/test_latents.py"): [
        ("min(count, 1) if self.alike", "count if self.alike"),
    ],
    ("nodes/autoencoders/likelihoods.py", "nodes/autoencoders/test_likelihoods.py"): [
        ("/ (2 * sigma**2) + constant", "/ (2 * sigma**2) - constant"),
        ("each = torch.sub(p, x)", "each = torch.sub(x, p)"),
        ("return g * mu, excess * (0.5 * g)", "return g * mu, excess * g"),
        ("0.5 * (1.0 + math.log(2 * math.pi)", "0.5 * (0.0 + math.log(2 * math.pi)"),
    ],
    ("nodes/autoencoders/likelihoods.py", "nodes/autoencoders/test_elbo.py"): [
        ("- (tokens == 0).long() == 0", "== 0"),
    ],
    ("nodes/autoencoders/elbo.py", "nodes/autoencoders/test_elbo.py"): [
        ("bound = nll + kl", "bound = nll + self.beta * kl"),
        ("nll + self.beta * kl).mean()", "nll + kl).mean()"),
        ("clamp(min=self.free)", "clamp(max=self.free)"),
    ],
    ("nodes/autoencoders/encoded_data.py", "nodes/autoencoders/test_encoded_data.py"): [
        ("variance = variance + log_var.exp()", "variance = variance + 0 * log_var.exp()"),
        ("(latents * self.spread + self.centre)", "(latents + self.centre)"),
        ("if not self.training:", "if self.training:"),
        ("naming(labels[:, 1:]", "naming(labels[:, :-1]"),
    ],
    ("nodes/networks/resize.py", "nodes/networks/test_resize.py"): [
        ('and self.method != "bicubic" else', 'and self.method != "area" else'),
        ("return F.interpolate(images, size, mode=self.method)", "return images[..., :7, :7]"),
    ],
    ("nodes/networks/body.py", "nodes/autoencoders/test_networks.py"): [
        ("found=numbers // each,", "found=numbers,"),
    ],
    ("nodes/autoencoders/interpolate.py", "nodes/autoencoders/test_latents.py"): [
        ("torch.sin((1 - t) * omega) * a", "torch.sin(t * omega) * a"),
    ],
    ("nodes/data/array_file.py", "nodes/data/test_array_file.py -k far"): [
        ("if abs(m) > FAR * s]", "if abs(m) > FAR / s]"),
    ],
    ("nodes/data/base.py", "nodes/data/test_base.py"): [
        ("at.place += size", "at.place += 1"),
        ("items[train], labels[train], items[test]", "items[train], labels[train], items[train]"),
    ],
    ("nodes/data/download.py", "nodes/data/test_download.py"): [
        ("if absent and not allowed:", "if absent and allowed is None:"),
        ("if done > file.size:", "if done > 2 * file.size:"),
        ('f"bytes={start}-"', 'f"bytes={start + 1}-"'),
        ("right = _sha256(part) == file.sha256", "right = part.tell() == file.size"),
    ],
    ("nodes/data/pixels.py", "nodes/data/test_base.py"): [
        ("fractions * 2 - 1", "fractions * 2"),
    ],
    ("nodes/data/change_drawing.py", "nodes/data/test_drawing.py"): [
        ("(drawing[:, column] - self.first + self.by)", "(drawing[:, column] + self.by)"),
    ],
    ("nodes/data/drawing.py", "nodes/data/test_drawing.py"): [
        ("[:, columns].sum(1) % ONE_IN", "[:, columns[0]] % ONE_IN"),
        ('"learned": ~held, "held out": held', '"learned": ~held, "held out": ~held'),
    ],
    ("nodes/data/shapes.py", "nodes/data/test_drawing.py"): [
        ("- y / 2, y) - r / 2", "- y / 2, y) - r / 3"),
        ('("thing", "colour")', '("thing", "place")'),
    ],
    ("nodes/metrics/inception_score.py", "nodes/metrics/test_read_back.py"): [
        ("len(features.groups) > 1", "len(features.groups) > 2"),
    ],
    ("nodes/data/cifar10.py", "nodes/data/test_cifar10.py"): [
        ("records[:, 1:].reshape(-1, 3, SIDE, SIDE)", "records[:, :-1].reshape(-1, 3, SIDE, SIDE)"),
        ("labels.max() >= CLASSES", "labels.max() > CLASSES"),
    ],
    ("nodes/data/base.py", "nodes/metrics/test_metrics.py"): [
        ("index = self._drawn(len(items))[part]", "index = torch.arange(len(items))[part]"),
    ],
    ("nodes/data/pixels.py", "nodes/metrics/test_shares_and_ink.py"): [
        ("total = (there[wanted > 0] / wanted[wanted > 0]).min()", "total = there.sum()"),
    ],
    ("nodes/diffusion/base.py", "nodes/diffusion/test_predicted.py"): [
        ("(x_t - sigma * eps) / alpha, eps", "(x_t + sigma * eps) / alpha, eps"),
        ("cos * x - sin * v, sin * x + cos * v", "cos * x - sin * v, sin * x - cos * v"),
        ("return -self.eps / self.sigma", "return self.eps / self.sigma"),
    ],
    ("nodes/diffusion/diffusion_loss.py", "nodes/diffusion/test_diffusion_loss.py"): [
        ("return (weight * target.to_eps", "return (target.to_eps"),
        ("ratio = alpha / sigma", "ratio = sigma / alpha"),
        ("torch.sigmoid(torch.special.ndtri(share))", "torch.sigmoid(share)"),
    ],
    ("nodes/diffusion/conditioning.py", "nodes/diffusion/test_diffusion_loss.py"): [
        (".device) < drop", ".device) >= drop"),
    ],
    ("nodes/diffusion/unet.py", "nodes/diffusion/test_networks.py"): [
        ('torch.cat([x, F.interpolate(beside, x.shape[2:], mode="nearest")], 1)', "x"),
    ],
    ("nodes/adversarial/discriminator.py", "nodes/adversarial/test_networks.py"): [
        ("(asked * features).sum(1)", "(asked * features).square().sum(1)"),
    ],
    ("nodes/adversarial/generator.py", "nodes/adversarial/test_networks.py"): [
        (
            "torch.cat([told, text_of(context, told)], 1)",
            "torch.cat([told, 0 * text_of(context, told)], 1)",
        ),
    ],
    ("nodes/adversarial/critic_loss.py", "nodes/adversarial/test_losses.py"): [
        ("device=x.device).roll(1)", "device=x.device)"),
        ("torch.lerp(loss, mismatched, self.mismatch)", "loss + self.mismatch * mismatched"),
    ],
    ("nodes/adversarial/critic_loss.py", "nodes/adversarial/test_networks.py"): [
        ("rows_of(given, slice(len(part)))", "given"),
    ],
    ("nodes/diffusion/contexts.py", "nodes/language/test_text_encoder.py"): [
        ("F.pad(texts.mask, (0, lacking))", "F.pad(texts.mask, (0, lacking), value=True)"),
    ],
    ("nodes/diffusion/unet_blocks.py", "nodes/language/test_text_encoder.py"): [
        ("found = attended(q, k, v, mask)", "found = attended(q, k, v)"),
    ],
    ("nodes/diffusion/guided.py", "nodes/diffusion/test_sampler.py"): [
        ("part[:b], 1 + self.scale)", "part[:b], 1 - self.scale)"),
        ("x_0 = x_0 + guidance.pull(x_0)", "x_0 = x_0 - guidance.pull(x_0)"),
    ],
    ("nodes/diffusion/solvers.py", "nodes/diffusion/test_solvers.py"): [
        ("slope = f * x - 0.5 * g_squared", "slope = f * x - g_squared"),
        ("s.alpha * (x / t.alpha + h / 2 *", "s.alpha * (x / t.alpha + h *"),
        ("known = known + s.sigma * self.noise(x) if s.sigma else known", "known = known + 0"),
        ("(x_0 - before[1]) / (2 * r)", "(x_0 - before[1]) / r"),
    ],
    ("nodes/diffusion/schedules.py", "nodes/diffusion/test_schedules.py"): [
        ("return _uniform(schedule, n).square()", "return _uniform(schedule, n)"),
        ("expand(sigma, x_0) * eps", "expand(alpha, x_0) * eps"),
    ],
    ("nodes/flows/posteriors.py", "nodes/flows/test_posteriors.py"): [
        ("+ steps.log().sum()", "- steps.log().sum()"),
    ],
    ("nodes/flows/known_posterior.py", "nodes/flows/test_posteriors.py"): [
        (".sum(1) - log_det", ".sum(1) + log_det"),
        (
            "loss = (log_q - posterior.log_joint(theta)).mean()",
            "loss = -posterior.log_joint(theta).mean()",
        ),
    ],
    ("nodes/data/particles.py", "nodes/data/test_particles.py"): [
        ("torch.exp((self.u - u) / self.law.temperature)", "torch.exp(self.u - u)"),
        ("4.0 * (six.square() - six)", "4.0 * (six.square() + six)"),
    ],
    ("nodes/matching/join_paths.py", "nodes/matching/test_join_paths.py"): [
        ("torch.linspace(0, 1, self.frames)", "torch.linspace(1, 0, self.frames)"),
    ],
    ("nodes/flows/affine_coupling.py", "nodes/flows/test_flow_laws.py -k AffineCoupling"): [
        ("torch.addcmul(t, moves, s.exp())), s.flatten", "torch.addcmul(t, moves, s)), s.flatten"),
        ("(-s).exp()), -s.flatten(1)", "(-s).exp()), s.flatten(1)"),
    ],
    ("nodes/flows/spline.py", "nodes/flows/test_flow_laws.py -k SplineCoupling"): [
        ("b.left * (1 - t) ** 2 + b.right * t**2", "b.right * (1 - t) ** 2 + b.left * t**2"),
    ],
    ("nodes/flows/planar.py", "nodes/flows/test_flow_laws.py -k Planar"): [
        ("slope = F.softplus(product) - 1", "slope = F.softplus(product) - 2"),
    ],
    ("nodes/flows/continuous.py", "nodes/flows/test_flow_laws.py -k hutchinson"): [
        ("torch.randint_like(x, 2)[None] * 2 - 1", "torch.ones_like(x)[None]"),
    ],
    ("nodes/language/bag_of_words.py", "nodes/language/test_bag_of_words.py"): [
        ("self.vocabulary) * mask[:, :, None]", "self.vocabulary)"),
        ("self.norm(words.sum(1))", "words.sum(1)"),
    ],
    ("nodes/language/attention.py", "nodes/language/test_transformer.py"): [
        ("dtype=torch.bool).triu(1)", "dtype=torch.bool).triu(2)"),
        (".tril(known - asked)", ".tril(known - asked + 1)"),
        ("one * cos - two * sin", "one * cos + two * sin"),
    ],
    ("nodes/language/next_token_loss.py", "nodes/language/test_transformer.py"): [
        ("logits[:, :-1].float()", "logits[:, 1:].float()"),
    ],
    ("nodes/language/transformer.py", "nodes/language/test_transformer.py"): [
        ("self.places.weight[start : start +", "self.places.weight[0 : 0 +"),
    ],
    ("nodes/language/text_encoder.py", "nodes/language/test_text_encoder.py"): [
        ("mask = tokens != PADDING", "mask = tokens >= PADDING"),
        ("causal=False", "causal=True"),
    ],
    ("nodes/language/lines.py", "nodes/language/test_lines.py"): [
        ("for line in train if line not in held]", "for line in train]"),
        ("line[: longest + 1].rpartition", "line[:longest].rpartition"),
    ],
    ("nodes/language/text_decoder.py", "nodes/language/test_lines.py"): [
        ("F.pad(tokens[:, :-1], (1, 0), value=PADDING)", "tokens"),
        ("going &= tokens[:, place] != PADDING", "pass"),
    ],
    ("nodes/language/text_posterior.py", "nodes/language/test_lines.py"): [
        ("mean_of(vectors.tokens, vectors.mask)", "vectors.tokens.mean(1)"),
    ],
    ("nodes/metrics/text_loss.py", "nodes/language/test_lines.py"): [
        ("lengths = lengths.clamp(min=1)", "pass"),
    ],
    ("nodes/metrics/text_reconstruction.py", "nodes/language/test_lines.py"): [
        ("mean.roll(1, 0)", "mean"),
        ("own.all(1)", "own[here]"),
    ],
    ("nodes/language/captions.py", "nodes/language/test_captions.py"): [
        ("told = SLOTS[:columns]", "told = SLOTS"),
        ("return of_words(texts, said)", "return of_words(texts)"),
        ('slot != "thing" or things is None', "True"),
    ],
    ("nodes/language/prompts.py", "nodes/language/test_captions.py"): [
        ("torch.lerp(x[:-1, None], x[1:, None], t)", "torch.lerp(x[1:, None], x[:-1, None], t)"),
    ],
    ("nodes/molecules/chains.py", "nodes/molecules/test_chains.py"): [
        ("-angle.cos(), angle.sin() * torsion.cos()", "angle.cos(), angle.sin() * torsion.cos()"),
        ("two.norm(dim=-1) * (one * behind)", "(one * behind)"),
    ],
    ("nodes/data/chain_molecule.py", "nodes/molecules/test_chains.py"): [
        ("torch.where(torsions > 0, 1, 2)", "torch.where(torsions > 0, 2, 1)"),
        ("torch.exp(-turning(middles) / heat)", "torch.exp(-turning(middles) / 300)"),
    ],
    ("nodes/metrics/read_back.py", "nodes/metrics/test_read_back.py"): [
        ("value = hits.all(1)", "value = hits.any(1)"),
    ],
    ("nodes/language/writing.py", "nodes/language/test_transformer.py"): [
        ("falling.cumsum(1) - falling < mass", "falling.cumsum(1) < mass"),
    ],
    ("nodes/pretrained/folders.py", "nodes/pretrained/test_language_model.py"): [
        ("if needed > room:", "if needed < 0:"),
        ("absent = [n for n in names if not (", "absent = [n for n in names if ("),
    ],
    ("nodes/pretrained/loading.py", "nodes/pretrained/test_language_model.py"): [
        ("layer.weight.detach().T.contiguous()", "layer.weight.detach().T.contiguous() * 1.001"),
        ("value, persistent=False)", "value, persistent=True)"),
        ("if missing:", "if False:"),
    ],
    ("nodes/pretrained/schedule.py", "nodes/pretrained/test_pipeline.py"): [
        ("low**0.5, high**0.5, steps", "low, high, steps"),
        ("(roots - roots[-1]) * roots[0]", "(roots - roots[-1])"),
    ],
    ("nodes/pretrained/text_encoder.py", "nodes/pretrained/test_pipeline.py"): [
        ("places == counts + 1, known - 1", "places == counts, known - 1"),
        ("return read, places <= counts + 1", "return read, places <= counts"),
    ],
    ("nodes/pretrained/unet.py", "nodes/pretrained/test_pipeline.py"): [
        ("(t * self.steps - 1)", "(t * self.steps)"),
    ],
    ("nodes/pretrained/vae.py", "nodes/pretrained/test_pipeline.py"): [
        ("self.scaling * (mean - self.shift)", "mean - self.shift"),
        ("(images / 2 + 0.5).clamp(0, 1)", "images.clamp(0, 1)"),
    ],
    ("nodes/pretrained/language_model.py", "nodes/pretrained/test_language_model.py"): [
        ("said.logits.float(), said.get", "said.logits.float().roll(1, 1), said.get"),
        ('self.config._attn_implementation = "eager"', "pass"),
    ],
    ("nodes/language/preference_loss.py", "nodes/language/test_preferences.py"): [
        ("F.logsigmoid(difference)", "torch.sigmoid(difference)"),
        ("worth[: len(chosen)] - worth[len(", "worth[len(chosen) :] - worth[len("),
    ],
    ("nodes/language/preferences.py", "nodes/language/test_preferences.py"): [
        ("return texts[obeyed], texts[~obeyed]", "return texts[~obeyed], texts[obeyed]"),
    ],
    ("nodes/language/prompts.py", "nodes/language/test_prompts.py"): [
        (
            'part.split("|") if number % 2 else [part]',
            'part.split("|")[:1] if number % 2 else [part]',
        ),
    ],
    ("nodes/metrics/rule_rate.py", "nodes/language/test_preferences.py"): [
        ("(p.exp() * (p - q))", "(q.exp() * (p - q))"),
    ],
    ("nodes/training/lora.py", "nodes/training/test_derived.py"): [
        ("self.scale * self.b @ self.a", "self.b @ self.a"),
        ("return self.alpha / self.rank", "return self.alpha"),
    ],
    ("nodes/training/derived.py", "nodes/training/test_derived.py"): [
        ("copy.deepcopy(model, held)", "copy.deepcopy(model)"),
    ],
    ("nodes/training/begin_from.py", "nodes/training/test_derived.py"): [
        ("any(p.grad is not None for", "any(p.grad is None for"),
    ],
    ("nodes/training/weights_file.py", "nodes/training/test_derived.py"): [
        ("known.get(name) != shape", "name not in known"),
    ],
    ("nodes/matching/bridge_matching.py", "nodes/matching/test_bridges.py"): [
        ("- (1 - 2 * s) * sigma * eps", "+ (1 - 2 * s) * sigma * eps"),
        ("score(x_t, t) + eps", "score(x_t, t) - eps"),
    ],
    ("nodes/matching/brownian.py", "nodes/matching/test_bridges.py"): [
        ("return 2 * self.sigma**2", "return self.sigma**2"),
        ("way * self.sigma**2 / 2 * score", "way * self.sigma**2 * score"),
    ],
    ("nodes/matching/integrate.py", "nodes/matching/test_ode_sampler.py"): [
        ("MIDPOINT = Tableau(2, ((), (1 / 2,))", "MIDPOINT = Tableau(2, ((), (1 / 3,))"),
    ],
    ("nodes/metrics/class_shares.py", "nodes/metrics/test_shares_and_ink.py"): [
        ("found[data == 0].sum()", "found[data > 0].sum()"),
    ],
    ("nodes/metrics/ink_area.py", "nodes/metrics/test_shares_and_ink.py"): [
        (".sort(1, descending=True)", ".sort(1, descending=False)"),
    ],
    ("nodes/metrics/kernels.py", "nodes/metrics/test_kernels.py"): [
        ("within_x + within_y - 2 * k_xy", "within_x + within_y - k_xy"),
        ("(k_yy.sum() - k_yy.trace())", "(k_yy.sum())"),
    ],
    ("nodes/metrics/fid.py", "nodes/metrics/test_fid.py"): [
        ("sigma_g.trace() - 2 * shared", "sigma_g.trace() - shared"),
        ("if items > dims:", "if items >= dims:"),
    ],
    ("nodes/metrics/precision_recall.py", "nodes/metrics/test_precision_recall.py"): [
        ("kthvalue(k + 1, dim=1)", "kthvalue(k, dim=1)"),
    ],
    ("nodes/metrics/wasserstein.py", "nodes/metrics/test_wasserstein.py"): [
        ("return float(total / lines)", "return float(total)"),
    ],
    ("nodes/molecules/network.py", "nodes/molecules/test_network.py"): [
        ("scores.masked_fill(~pairs[..., None], -1e4)", "scores"),
        ("v = v + centred(moved, molecules.mask)", "v = v + moved"),
        ("between = x[:, :, None] - x[:, None]", "between = x[:, :, None] + x[:, None]"),
    ],
    ("nodes/molecules/matching.py", "nodes/molecules/test_network.py"): [
        ("apart < self.reach", "apart > self.reach"),
    ],
    ("nodes/molecules/sampler.py", "nodes/molecules/test_network.py"): [
        ("x - t * guess.velocity", "x + t * guess.velocity"),
        ("centred(self.spread * noise_like(x, stream), state.mask)", "0 * x + self.spread"),
        ("return types, symmetrised(bonds)", "return types, bonds"),
        ("(1 + r * t)", "1"),
        ("guess.bonds / self.temperature", "guess.bonds"),
        ('hide and self.given == "nothing"', "hide"),
    ],
    ("nodes/molecules/table.py", "nodes/molecules/test_bonds.py"): [
        ("LONGER = (10, 5, 3)", "LONGER = (10, 5, 0)"),
        ("molecules.bonds.sum(2) + COUNTED_IN.to(types.device)[types]", "molecules.bonds.sum(2)"),
    ],
    ("nodes/molecules/hydrogens.py", "nodes/molecules/test_bonds.py"): [
        ('LONE_PAIRS = {"N": 1,', 'LONE_PAIRS = {"N": 0,'),
    ],
    ("nodes/molecules/identity.py", "nodes/molecules/test_bonds.py"): [
        ("mix64(told[:, None] + bonds * _FACTORS[1])", "mix64(told[:, None] + 0 * bonds)"),
    ],
    ("nodes/molecules/distance_geometry.py", "nodes/molecules/test_bonds.py"): [
        ("torch.linalg.eigh(-0.5 * centre", "torch.linalg.eigh(-centre"),
    ],
    ("nodes/metrics/validity.py", "nodes/metrics/test_molecules.py"): [
        ("new = ~torch.isin(different", "new = torch.isin(different"),
    ],
    ("nodes/data/molecule_set.py", "nodes/data/test_molecules.py"): [
        ("and h not in gone and room", "and h not in gone"),
    ],
    ("nodes/layers/convolution.py", "nodes/layers/test_layers.py"): [
        ("max(0, whole - side - 2 * (self._reach // 2))", "0"),
        ("wanted = side * self.stride - self.shorter", "wanted = side * self.stride"),
    ],
    ("nodes/layers/joining.py", "nodes/layers/test_layers.py"): [
        ('after = along == "channels"', 'after = along == "features"'),
    ],
    ("nodes/layers/attention.py", "nodes/layers/test_rows.py"): [
        ("seen = texts[:, None] | itself", "seen = texts[:, None] | ~itself"),
        ("return (seen.tril() if self.causal else seen)[:, None]", "return seen[:, None]"),
    ],
    ("nodes/layers/expression.py", "nodes/layers/test_formula.py"): [
        ('return Term("^", (base, self.sign(depth + 1)), place=word.place)', "return base"),
    ],
    ("nodes/layers/formula.py", "nodes/layers/test_formula.py"): [
        ("return Value(value, value.mean())", "return Value(value, value.sum())"),
        ("a.dim() and b.dim() and a.dim() != b.dim()", "False"),
    ],
    ("nodes/layers/order.py", "nodes/layers/test_rows.py"): [
        ("apart.permute([single.index(name) for name in target])", "apart"),
    ],
    ("nodes/networks/blocks.py", "nodes/networks/test_blocks.py"): [
        ("sizes.append((sizes[-1] + 1) // 2)", "sizes.append(sizes[-1] // 2)"),
    ],
    ("nodes/networks/parts.py", "nodes/networks/test_parts.py"): [
        ("[_whole(sum, column)", "[_whole(lambda c: c[0], column)"),
    ],
    ("nodes/score/score_matching_loss.py", "nodes/score/test_score_matching_loss.py"): [
        ("weight = sigma.square().flatten() if schedule else 1.0", "weight = 1.0"),
        ("return 1 / self.slices if", "return 1.0 if"),
    ],
    ("nodes/score/langevin.py", "nodes/score/test_langevin.py"): [
        ("(2 * a) ** 0.5 * noise(walker.x)", "a**0.5 * noise(walker.x)"),
    ],
    ("nodes/training/trainer.py", "engine/test_compile.py"): [
        ("min(self.ema, (1 + self.step) / (10 + self.step))", "self.ema"),
        ("module.train(not weights or any(id(p) in own for p in weights))", "module.train(True)"),
    ],
    ("nodes/training/optimizer.py", "nodes/training/test_optimizer.py"): [
        ("(self._turns + 1) / self.warmup", "self._turns / self.warmup"),
        ('"linear": lambda s: 1.0 - s', '"linear": lambda s: 1.0'),
    ],
    ("nodes/training/muon.py", "nodes/training/test_muon.py"): [
        ("AS_ADAM = 0.2", "AS_ADAM = 0.3"),
    ],
    ("nodes/transport/sinkhorn_divergence.py", "nodes/transport/test_losses.py"): [
        ("return cross - (first + second) / 2", "return cross - (first + second)"),
        ("return value + linear - linear.detach()", "return value"),
    ],
    ("nodes/transport/pixel_masses.py", "nodes/transport/test_image_barycenter.py"): [
        ("/ (2 * s * s))", "/ (s * s))"),
        ("own = torch.sqrt(own * law / blur(own))", "own = torch.sqrt(law / blur(own))"),
        ("torch.exp((share * back.log()).sum(1))", "(share * back).sum(1)"),
    ],
    ("nodes/transport/displacement.py", "nodes/transport/test_nodes.py"): [
        ("torch.lerp(x[rows], y[columns], self.t)", "torch.lerp(y[columns], x[rows], self.t)"),
    ],
    ("nodes/transport/costs.py", "nodes/transport/test_losses.py"): [
        ("p=2.0, weight=0.5)", "p=2.0, weight=1.0)"),
    ],
    ("nodes/views/profile.py", "nodes/views/test_profile.py"): [
        ("known = table.isfinite().any(0)", "known = table.isfinite().all(0)"),
    ],
    ("nodes/views/real_or_made.py", "nodes/views/test_real_or_made.py"): [
        ("order < half * tests", "order <= half * tests"),
        ("real + half * tests])[torch.randperm(2 * half", "real + half])[torch.randperm(2 * half"),
        ("limits_of(both, self.scale)", "limits_of(both[:1], self.scale)"),
    ],
    ("workbench/plots/blind.py", "workbench/plots/test_blind.py"): [
        ("share * (1 - share) / count", "share / count"),
        ("if real != self.real[n]", "if real == self.real[n]"),
        ("if self.done or not self.answers:", "if not self.answers:"),
    ],
}
MUTATIONS = [
    Mutation(file, old, new, tests)
    for (file, tests), changes in TABLE.items()
    for old, new in changes
]
