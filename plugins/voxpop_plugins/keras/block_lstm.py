"""An LSTM layer for TensorFlow on CPUs that runs in one fused operation instead of a while loop.

Import this after `backend.choose_backend("tensorflow")`: it imports TensorFlow.

Keras runs a masked LSTM on CPUs as a loop of many small operations a step. TensorFlow also has a
fused kernel (`BlockLSTM`, with its gradient), which knows no mask. `BlockLSTMV2` would spare the
reordering of gates below, but its gradient is computed in the other order of gates and is wrong.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

# Added to the input gate at padded positions: sigmoid(-1e4) is 0 in float32, so nothing enters.
_CLOSED = -1e4


@keras.saving.register_keras_serializable(package="voxpop")
class BlockLSTM(keras.layers.LSTM):  # type: ignore[misc]  # Keras ships no types
    """`keras.layers.LSTM` with default activations and `return_sequences`, and the same weights.

    Padding must come after the text. Forwards it is met last, so it spoils no real output.
    Backwards it is met first: its input gates are held shut, so that the state is still zero when
    the text begins. Outputs at padded positions are zero, as `Bidirectional` has them.
    """

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """Run over (n, width, features) under a (n, width) mask, from zero states."""
        real = tf.transpose(tf.cast(mask, sequences.dtype))[:, :, tf.newaxis]
        x = tf.concat([tf.transpose(sequences, (1, 0, 2)), 1.0 - real], axis=2)
        if self.go_backwards:
            x, real = tf.reverse(x, (0,)), tf.reverse(real, (0,))
        padding_row = tf.concat(
            [tf.fill((1, self.units), _CLOSED), tf.zeros((1, 3 * self.units))], 1
        )
        kernel, recurrent = map(_to_block_order, (self.cell.kernel, self.cell.recurrent_kernel))
        no_peephole = tf.zeros((self.units,))
        state = tf.zeros((tf.shape(x)[1], self.units))
        outputs = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(x, out_type=tf.int64)[0],
            x=x,
            cs_prev=state,
            h_prev=state,
            w=tf.concat([kernel, padding_row, recurrent], axis=0),
            wci=no_peephole,
            wcf=no_peephole,
            wco=no_peephole,
            b=_to_block_order(self.cell.bias),
            forget_bias=0.0,  # Keras keeps it in the bias
            cell_clip=-1.0,  # none
        ).h
        sequence = tf.transpose(outputs * real, (1, 0, 2))
        return sequence[:, -1], sequence, [sequence[:, -1], state]


def _to_block_order(weights: Any) -> Any:
    """Reorder gates along the last axis: Keras has i, f, c, o and the operation i, c, f, o."""
    i, f, c, o = tf.split(weights, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
