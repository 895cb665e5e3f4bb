"""Run by another Python, which has TRL: what its own parser makes of a config file, and the steps that its trainer takes with it.

``trl_steps.py FILE FOLDER``: the model is a new one of a few thousand weights, made in the folder; prints one JSON object.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import (
    DatasetMixtureConfig,
    GRPOConfig,
    GRPOTrainer,
    ModelConfig,
    TrlParser,
    get_dataset,
    get_peft_config,
)
from trl.scripts.grpo import GRPOScriptArguments

LETTERS = ["<pad>", "<end>", *map(chr, range(32, 127))]
CLASSES = (GRPOScriptArguments, GRPOConfig, ModelConfig, DatasetMixtureConfig)


def make_model(folder: Path) -> None:
    letters = Tokenizer(models.WordLevel({letter: index for index, letter in enumerate(LETTERS)}, "<pad>"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    letters.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="<pad>", eos_token="<end>")
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"vocab_size": len(LETTERS), "eos_token_id": 1, "pad_token_id": 0}
    LlamaForCausalLM(LlamaConfig(**size, **ends)).save_pretrained(folder)


def main(file: str, folder: Path) -> None:
    here = {"use_cpu": "true", "bf16": "false", "output_dir": folder / "out", "save_strategy": "no"}
    quiet = {"report_to": "none", "disable_tqdm": "true", "logging_strategy": "no"}
    small = {"model_name_or_path": folder / "model", "max_completion_length": 4}
    own = [str(word) for name, value in (here | quiet | small).items() for word in (f"--{name}", value)]
    as_written = TrlParser(CLASSES).parse_args_and_config(["--config", file, "--use_cpu", "true"])
    _, arguments, model, data = TrlParser(CLASSES).parse_args_and_config(["--config", file, *own])
    make_model(folder / "model")
    asked = []

    def reward(prompts, completions, **_columns):
        asked.append([json.dumps(prompt) for prompt in prompts])
        return [float(len(turns[0]["content"]) % 3) for turns in completions]

    trainer = GRPOTrainer(
        model=model.model_name_or_path,
        reward_funcs=[reward],
        args=arguments,
        train_dataset=get_dataset(data)["train"].rename_column("messages", "prompt"),
        peft_config=get_peft_config(model),
    )
    trainer.train()
    (adapter,) = trainer.model.peft_config.values()
    said = {
        name: value
        for part in as_written
        for name, value in vars(part).items()
        if isinstance(value, int | float | str | list | None) and name != "datasets"
    }
    told = {
        "arguments": said,
        "env": {name: value for name, value in os.environ.items() if name.startswith("WANDB_")},
        "data_files": data.datasets[0].data_files,
        "rank": adapter.r,
        "steps": trainer.state.global_step,
        "batches": [(len(batch), len(set(batch))) for batch in asked],
    }
    print(json.dumps(told))


main(sys.argv[1], Path(sys.argv[2]))
