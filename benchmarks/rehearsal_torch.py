"""The peer of the rehearsal engine in PyTorch: same base, data, evaluator, algorithm and settings, written the usual way.

Started by ``rehearsal.py --torch`` in place of the worker. Autograd, key-value cache, inference mode while sampling, one thread,
groups without advantage left out of the update; it writes only the events that the benchmark reads, and no checkpoints.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from rft_cli.task.evaluator import load
from rft_cli.trainer.rehearsal import checkpoint, examples, grpo, lora, tokenizer
from rft_cli.trainer.rehearsal.adam import CLIP_NORM, warmed_up
from rft_cli.trainer.rehearsal.model import HEAD_WIDTH, HEADS, LAYERS, WIDTH, rotations
from rft_cli.trainer.rehearsal.settings import Settings
from rft_cli.worker import EventKind, RunFolder, State

torch.set_num_threads(1)
ROTATIONS = torch.from_numpy(rotations(np.dtype(np.float32)))


class Policy(torch.nn.Module):
    """The transformer, with adapters that can be switched off for the reference."""

    def __init__(self, rank: int, seed: int) -> None:
        super().__init__()
        base = checkpoint.read_weights()
        self.embedding = torch.from_numpy(base.embedding)
        self.base = [[torch.from_numpy(weight) for weight in layer] for layer in base.layers]
        adapter = lora.Adapter.initial(rank, np.random.default_rng(seed))
        self.scale = adapter.scale
        self.a = torch.nn.ParameterList(torch.tensor(pair.a) for pair in adapter.pairs)
        self.b = torch.nn.ParameterList(torch.tensor(pair.b) for pair in adapter.pairs)

    def maps(self, *, adapted: bool = True) -> list[list[torch.Tensor]]:
        """The linear maps of every layer, merged."""
        if not adapted:
            return self.base
        layers = []
        for index in range(LAYERS):
            deltas = [
                self.scale * (self.a[i] @ self.b[i])
                for i in range(index * len(lora.SITES), (index + 1) * len(lora.SITES))
            ]
            qkv, out, up, down = self.base[index]
            layers.append(
                [qkv + torch.cat(deltas[:3], dim=1), out + deltas[3], up + deltas[4], down + deltas[5]]
            )
        return layers

    def forward(self, maps, tokens, mask=None, cache=None, at=0):
        """Logits of the ids from the first output on; ``cache`` is extended in place."""
        x = self.embedding[tokens]
        batch, length, _ = x.shape
        turn = ROTATIONS[at : at + length]
        for index, (qkv, out, up, down) in enumerate(maps):
            heads = (F.rms_norm(x, (WIDTH,), eps=1e-5) @ qkv).view(batch, length, 3, HEADS, HEAD_WIDTH)
            turned = torch.view_as_complex(heads[:, :, :2].reshape(batch, length, 2, HEADS, -1, 2)) * turn
            query, key = torch.view_as_real(turned).flatten(-2).transpose(1, 3).unbind(2)
            value = heads[:, :, 2].transpose(1, 2)
            if cache is not None:
                if len(cache) > index:
                    key = torch.cat([cache[index][0], key], dim=2)
                    value = torch.cat([cache[index][1], value], dim=2)
                    cache[index] = (key, value)
                else:
                    cache.append((key, value))
            read = F.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, is_causal=mask is None and length > 1, scale=1.0
            )
            x = x + read.transpose(1, 2).reshape(batch, length, WIDTH) @ out
            x = x + torch.relu(F.rms_norm(x, (WIDTH,), eps=1e-5) @ up).square() @ down
        return F.rms_norm(x, (WIDTH,), eps=1e-5) @ self.embedding[tokenizer.FIRST_OUTPUT :].T


def filtered(logits, settings: Settings):
    """Log-probabilities over the sampled support."""
    logits = logits / settings.sampling.temperature
    if settings.sampling.top_k:
        kth = logits.topk(min(settings.sampling.top_k, logits.shape[-1]), dim=-1).values[..., -1:]
        logits = logits.masked_fill(logits < kth, -torch.inf)
    return logits.log_softmax(dim=-1)


@torch.inference_mode()
def sample(policy: Policy, prompts: list[list[int]], limits: list[int], settings: Settings | None):
    """Answers, with the support, log-probability and entropy of each draw; greedy without settings."""
    maps = policy.maps()
    longest = max(map(len, prompts))
    tokens = torch.full((len(prompts), longest), tokenizer.PAD)
    for row, prompt in enumerate(prompts):
        tokens[row, longest - len(prompt) :] = torch.tensor(prompt)
    real = tokens != tokenizer.PAD
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    mask = (real[:, None, :] & causal | torch.eye(longest, dtype=torch.bool))[:, None]
    cache: list = []
    logits = policy(maps, tokens, mask, cache)[:, -1]
    answers: list[list[int]] = [[] for _ in prompts]
    supports: list[list] = [[] for _ in prompts]
    logs: list[list[float]] = [[] for _ in prompts]
    entropies: list[float] = []
    rows = list(range(len(prompts)))
    for position in range(max(limits)):
        if settings is None:
            chosen = logits.argmax(dim=-1)
        else:
            log = filtered(logits, settings)
            probabilities = log.exp()
            chosen = torch.multinomial(probabilities, 1)[:, 0]
            entropies += torch.special.entr(probabilities).sum(dim=-1).tolist()
            support = log > -torch.inf
            for index, (row, value) in enumerate(
                zip(rows, log.gather(1, chosen[:, None])[:, 0].tolist(), strict=True)
            ):
                supports[row].append(support[index])
                logs[row].append(value)
        chosen = chosen + tokenizer.FIRST_OUTPUT
        keep = []
        for index, (row, token) in enumerate(zip(rows, chosen.tolist(), strict=True)):
            answers[row].append(token)
            if token != tokenizer.END and position + 1 < limits[row]:
                keep.append(index)
        if not keep:
            break
        if len(keep) < len(rows):
            kept = torch.tensor(keep)
            rows = [rows[index] for index in keep]
            cache[:] = [(key[kept], value[kept]) for key, value in cache]
            chosen, real = chosen[kept], real[kept]
        real = torch.cat([real, torch.ones(len(rows), 1, dtype=torch.bool)], dim=1)
        logits = policy(maps, chosen[:, None], real[:, None, None], cache, longest + position)[:, -1]
    return answers, supports, logs, entropies


def chosen_log_probabilities(policy: Policy, maps, *, prompts, answers, supports, settings: Settings):
    """[rows, T] log-probability of each answer's tokens over the sampled support, and which are tokens."""
    length = max(len(prompt) + len(answer) for prompt, answer in zip(prompts, answers, strict=True)) - 1
    inputs = torch.full((len(prompts), length), tokenizer.PAD)
    targets = torch.zeros((len(prompts), length), dtype=torch.long)
    counts = torch.zeros((len(prompts), length), dtype=torch.bool)
    support = torch.ones(
        (len(prompts), length, tokenizer.VOCABULARY - tokenizer.FIRST_OUTPUT), dtype=torch.bool
    )
    for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        span = slice(len(prompt) - 1, len(prompt) + len(answer) - 1)
        inputs[row, : span.stop] = torch.tensor([*prompt, *answer[:-1]])
        targets[row, span] = torch.tensor(answer) - tokenizer.FIRST_OUTPUT
        counts[row, span] = True
        support[row, span] = torch.stack(supports[row])
    logits = policy(maps, inputs) / settings.sampling.temperature
    log = logits.masked_fill(~support, -torch.inf).log_softmax(dim=-1)
    return log.gather(-1, targets[..., None])[..., 0], counts


def main() -> int:
    folder = RunFolder(Path(sys.argv[1]))
    job = folder.job()
    settings = Settings.from_job(job)
    data = examples.load(settings, Path.cwd(), {})
    evaluator = load(settings.evaluator, Path.cwd())
    torch.manual_seed(settings.seed)
    policy = Policy(settings.rank, settings.seed)
    optimiser = torch.optim.Adam(policy.parameters(), lr=1.0)

    def score(answers, rows):
        return [
            score.value for score in evaluator.score([tokenizer.decode(answer) for answer in answers], rows)
        ]

    def evaluate(step: int) -> None:
        held_out = data.held_out
        limits = examples.limits(held_out, settings.evaluation_max_tokens, settings.context)
        answers, *_ = sample(policy, [example.prompt for example in held_out], limits, None)
        values = np.array(score(answers, [example.row for example in held_out]))
        folder.append(
            EventKind.EVALUATION, step=step, mean=float(values.mean()), standard_error=0.0, n=len(values)
        )

    evaluate(0)
    for step in range(1, settings.steps + 1):
        asked = [
            example
            for example in examples.batch(data.train, settings.seed, step, settings.prompts_per_step)
            for _ in range(settings.n)
        ]
        prompts = [example.prompt for example in asked]
        limits = examples.limits(asked, settings.max_tokens, settings.context)
        answers, supports, logs, entropies = sample(policy, prompts, limits, settings)
        rewards = np.array(score(answers, [example.row for example in asked])).reshape(-1, settings.n)
        advantage = torch.tensor(grpo.advantages(rewards).ravel(), dtype=torch.float32)
        total = sum(map(len, answers))
        with torch.no_grad():
            reference, counts = chosen_log_probabilities(
                policy,
                policy.maps(adapted=False),
                prompts=prompts,
                answers=answers,
                supports=supports,
                settings=settings,
            )
            difference = reference[counts] - torch.tensor([value for row in logs for value in row])
            kl = float((difference.exp() - difference - 1).mean())
        taught = [row for row in range(len(asked)) if advantage[row] != 0]
        optimiser.zero_grad(set_to_none=False)
        norm = 0.0
        if taught:
            log, counts = chosen_log_probabilities(
                policy,
                policy.maps(),
                prompts=[prompts[row] for row in taught],
                answers=[answers[row] for row in taught],
                supports=[supports[row] for row in taught],
                settings=settings,
            )
            ratio = (log - log.detach()).exp()
            (-(advantage[taught][:, None] * ratio)[counts].sum() / total).backward()
            norm = float(torch.nn.utils.clip_grad_norm_(policy.parameters(), CLIP_NORM))
        rate = warmed_up(settings.learning_rate, step)
        for group in optimiser.param_groups:
            group["lr"] = rate * grpo.LEARNING_RATE_SCALE
        optimiser.step()
        values = {
            "reward": float(rewards.mean()),
            "kl": kl,
            "entropy": float(np.mean(entropies)),
            "grad_norm": norm,
        }
        folder.append(EventKind.METRICS, step=step, values=values)
    evaluate(settings.steps)
    folder.append(EventKind.END, state=State.COMPLETED, reason="", failure=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
