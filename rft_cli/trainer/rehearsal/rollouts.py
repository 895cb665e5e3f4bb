"""The rollouts of one step: what was asked, answered and scored, and how it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rft_cli.worker import Rollout

if TYPE_CHECKING:
    from rft_cli.task.evaluator import Score
    from rft_cli.trainer.rehearsal.examples import Example
    from rft_cli.trainer.rehearsal.model import Array
    from rft_cli.trainer.rehearsal.sampler import Samples


class Batch(NamedTuple):
    """The rollouts of one step."""

    examples: list[Example]
    """One a prompt."""
    samples: Samples
    answers: list[str]
    scores: list[Score]
    rewards: Array
    """[prompts, n]"""
    advantages: Array
    """[prompts, n]"""

    def example_of(self, index: int) -> Example:
        """The example that a rollout answers."""
        example: Example = self.examples[index // self.rewards.shape[1]]
        return example

    def prompts(self) -> list[list[int]]:
        """The prompt of every rollout."""
        return [example.prompt for example in self.examples for _ in range(self.rewards.shape[1])]

    def tokens(self) -> int:
        """Prompt and answer tokens."""
        prompts = sum(len(example.prompt) for example in self.examples)
        return int(prompts * self.rewards.shape[1] + self.samples.lengths.sum())

    def metrics(self) -> dict[str, float]:
        """The step's numbers that follow from its rollouts alone, under their names in the events."""
        rewards, lengths = self.rewards, self.samples.lengths
        parts: dict[str, list[float]] = {}
        for score in self.scores:
            for name, value in score.parts.items():
                parts.setdefault(name, []).append(value)
        return {
            "reward": float(rewards.mean()),
            "reward_std": float(rewards.std(ddof=1)),
            "frac_reward_zero_std": float((rewards.min(axis=1) == rewards.max(axis=1)).mean()),
            "completions/mean_length": float(lengths.mean()),
            "completions/min_length": int(lengths.min()),
            "completions/max_length": int(lengths.max()),
            "completions/clipped_ratio": float(self.samples.truncated.mean()),
            **{f"rewards/{name}/mean": sum(values) / len(values) for name, values in sorted(parts.items())},
        }

    def records(self, step: int) -> list[Rollout]:
        """The rollouts as they are stored."""
        advantages = self.advantages.ravel().tolist()
        lengths, truncated = self.samples.lengths.tolist(), self.samples.truncated.tolist()
        records = []
        for index, (answer, score) in enumerate(zip(self.answers, self.scores, strict=True)):
            row = self.example_of(index).row
            records.append(
                Rollout(
                    step=step,
                    group=index // self.rewards.shape[1],
                    row=row.line,
                    prompt=row.messages,
                    completion=answer,
                    reward=score.value,
                    parts=score.parts,
                    advantage=advantages[index],
                    tokens=lengths[index],
                    truncated=truncated[index],
                )
            )
        return records
