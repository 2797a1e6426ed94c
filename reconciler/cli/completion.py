"""`reconciler completion`."""

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script that makes a shell complete commands, options and addresses.

    Addresses come from state, and from the files of the paths that stand on the line already, else
    of the current folder.

    \b
    Examples:
      eval "$(reconciler completion bash)"
      reconciler completion zsh > ~/.zfunc/_reconciler
      reconciler completion fish > ~/.config/fish/completions/reconciler.fish
    Exit codes: 0 printed, 64 no such shell.
    """
    from click.shell_completion import get_completion_class

    from reconciler.cli import main

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion is known for {shell}")
    click.echo(found(main, {}, "reconciler", "_RECONCILER_COMPLETE").source())
    return 0
