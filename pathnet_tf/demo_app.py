r"""Opens a page on this computer, on which a model can be tried.

  python -m pathnet_tf.demo_app --model=runs/a_ravdess_to_emo_model

Drop a recording on it, or make one: with the microphone for a model of speech, with the
camera for a model of faces. It shows the emotion second by second, the probabilities,
what the network heard or saw, and which of its modules answered. Only this computer
reaches the page, unless --host says otherwise; browsers then refuse it the microphone
and the camera. Needs the extras: pip install 'pathnet_tf[app,data]'.
"""

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "model",
    None,
    "Folder of the model, the --export_dir of a run.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "host",
    "127.0.0.1",
    "Address to listen on. Anything else lets others upload files to this computer.",
    flag_values=FLAGS,
)
flags.DEFINE_integer("port", 8501, "Port to listen on.", 1, 65535, flag_values=FLAGS)
flags.DEFINE_integer(
    "max_megabytes", 100, "Most of an upload.", lower_bound=1, flag_values=FLAGS
)
flags.DEFINE_float(
    "max_seconds", 60, "For answering one.", lower_bound=1, flag_values=FLAGS
)


def main() -> None:
    """Serves the page until Ctrl-C."""
    if not FLAGS.model:
        raise UsageError("--model is missing; name the --export_dir of a run")
    from pathnet_tf.media_gate import score_files
    from pathnet_tf.serving.app import server

    hosts = (*server.AppSettings.hosts, FLAGS.host)
    settings = server.AppSettings(
        FLAGS.model, hosts, FLAGS.max_megabytes, FLAGS.max_seconds
    )
    app = server.make_app(settings, score_files)
    import waitress

    print(f"Open http://{FLAGS.host}:{FLAGS.port} (Ctrl-C ends it)", flush=True)
    waitress.serve(app, host=FLAGS.host, port=FLAGS.port, threads=4, ident=None)


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
