"""The learning rate over a run: a linear warm-up, then a decay to zero."""

import math

from tagger.backend import tf
from tagger.config.recurrent_keys import OptimizerConfig


def learning_rate(config: OptimizerConfig, step: tf.Tensor, steps: tf.Tensor | int) -> tf.Tensor:
    """Return the learning rate of a step, or of several `[N]`, in a run of `steps` steps.

    Steps count from 0; with a decay, the step after the last one would have rate 0.
    """
    done, steps = tf.cast(step, tf.float32), tf.cast(steps, tf.float32)
    rising = tf.math.ceil(config.warmup * steps)
    rise = tf.minimum(1.0, tf.math.divide_no_nan(done + 1.0, rising)) if config.warmup else 1.0
    share = tf.clip_by_value((done - rising) / tf.maximum(1.0, steps - rising), 0.0, 1.0)
    fall = {
        "none": lambda: tf.ones_like(done),
        "linear": lambda: 1.0 - share,
        "cosine": lambda: 0.5 + 0.5 * tf.cos(math.pi * share),
    }[config.decay]()
    return config.learning_rate * rise * fall
