"""The application, for `flask run` and serverless hosts; run as a script it starts everything."""

from uptime.cli import main
from uptime.web import create_app

if __name__ == "__main__":
    main(["run"])

app = create_app()
app.cli.commands.update(main.commands)
