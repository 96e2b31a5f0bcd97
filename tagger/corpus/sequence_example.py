"""`SequenceExample`, the message of a record, without TensorFlow.

The class reads and writes the same bytes as `tf.train.SequenceExample`. Importing TensorFlow takes four seconds, in
which a corpus is converted, inspected or scored.

Source: tensorflow/core/example/feature.proto and example.proto.
"""

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

__all__ = ["SequenceExample"]

_BYTES, _FLOATS, _INTEGERS, _MESSAGE, _STRING = (
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_FLOAT,
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_MESSAGE,
    FieldDescriptorProto.TYPE_STRING,
)
_ONE, _MANY = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED


def _add_field(message: DescriptorProto, name: str, kind: int, label: int, type_name: str = "") -> FieldDescriptorProto:
    """Add a field to a message, with the next number."""
    number = len(message.field) + 1
    return message.field.add(name=name, number=number, type=kind, label=label, type_name=type_name or None)


def _add_map(message: DescriptorProto, name: str, entry_name: str, type_name: str) -> None:
    """Add a map from strings to messages."""
    entry = message.nested_type.add(name=entry_name)
    entry.options.map_entry = True
    _add_field(entry, "key", _STRING, _ONE)
    _add_field(entry, "value", _MESSAGE, _ONE, type_name)
    _add_field(message, name, _MESSAGE, _MANY, f".tensorflow.{message.name}.{entry_name}")


def _file() -> FileDescriptorProto:
    """The description of all messages."""
    file = FileDescriptorProto(name="sequence_example.proto", package="tensorflow", syntax="proto3")
    for name, kind in (("BytesList", _BYTES), ("FloatList", _FLOATS), ("Int64List", _INTEGERS)):
        _add_field(file.message_type.add(name=name), "value", kind, _MANY)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for name, type_name in (("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")):
        _add_field(feature, name, _MESSAGE, _ONE, f".tensorflow.{type_name}").oneof_index = 0
    _add_map(file.message_type.add(name="Features"), "feature", "FeatureEntry", ".tensorflow.Feature")
    feature_list = file.message_type.add(name="FeatureList")
    _add_field(feature_list, "feature", _MESSAGE, _MANY, ".tensorflow.Feature")
    lists = file.message_type.add(name="FeatureLists")
    _add_map(lists, "feature_list", "FeatureListEntry", ".tensorflow.FeatureList")
    example = file.message_type.add(name="SequenceExample")
    _add_field(example, "context", _MESSAGE, _ONE, ".tensorflow.Features")
    _add_field(example, "feature_lists", _MESSAGE, _ONE, ".tensorflow.FeatureLists")
    return file


_POOL = DescriptorPool()  # not the default one, where TensorFlow's own messages have these names
_POOL.Add(_file())
SequenceExample = GetMessageClass(_POOL.FindMessageTypeByName("tensorflow.SequenceExample"))
