"""Drawing from distributions: how torch makes numbers of random words, to the last bit.

Sixteen or more normal numbers in float32 are the exception: torch has vectorised log, cos and sin of its own for them,
and NumPy's differ in the last one or two bits.

Everything is computed by the NumPy plug-in's kernels on the host and moved from there, so that one seed gives one stream on every backend.
A function here that takes `count` returns a flat host array; `arranged` gives it a shape.
"""

from __future__ import annotations

import math
from typing import Any

from isograd import dtypes
from isograd.dtypes import FLOAT, SCALAR_NAMES, dtype, float32, float64
from isograd.layouts import memory_order
from isograd.random import Generator, default_generator
from isograd.rounding import multiply_add
from isograd.shapes import contiguous_strides

FEW = 16  # normals from here on are made in blocks


def host() -> Any:
    """The kernels that draw."""
    from isograd.backend.discover import get_backend

    return get_backend("numpy")


# -- words ------------------------------------------------------------------------------------------------
def words(generator: Generator, count: int) -> Any:
    """Words of 32 bits, as uint32."""
    K = host()
    return K.asarray(generator.words(count), dtype=K.native[dtypes.uint32])


def long_words(generator: Generator, count: int) -> Any:
    """Words of 64 bits, as uint64: the first drawn is the upper half."""
    K = host()
    drawn = K.astype(words(generator, 2 * count), K.native[dtypes.uint64])
    return K.bitwise_or(K.bitwise_left_shift(drawn[0::2], 32), drawn[1::2])


def singles(generator: Generator, count: int) -> Any:
    """float32 in [0, 1): the low 24 bits of a word."""
    K = host()
    bits = K.bitwise_and(words(generator, count), 0xFFFFFF)
    return K.multiply(K.astype(bits, K.native[float32]), 2.0**-24)


def doubles(generator: Generator, count: int) -> Any:
    """float64 in [0, 1): the low 53 bits of two words."""
    K = host()
    bits = K.bitwise_and(long_words(generator, count), 2**53 - 1)
    return K.multiply(K.astype(bits, K.native[float64]), 2.0**-53)


# -- distributions ----------------------------------------------------------------------------------------
def uniform(generator: Generator, count: int, kind: dtype, low: float = 0.0, high: float = 1.0) -> Any:
    """Numbers in [low, high), of a floating type."""
    K = host()
    if kind is float64:
        values = doubles(generator, count)
        return values if (low, high) == (0.0, 1.0) else multiply_add(K, values, high - low, low)
    values = singles(generator, count)
    if (low, high) != (0.0, 1.0):
        low, high = single(low), single(high)
        wide = K.astype(values, K.native[float64])
        values = K.astype(K.add(K.multiply(wide, single(high - low)), low), K.native[float32])
    if kind is not float32:
        values = K.astype(values, K.native[kind])
    top, bottom = (K.astype(K.full((), end, dtype=K.native[float32]), K.native[kind]) for end in (high, low))
    return K.where(K.equal(values, top), bottom, values)  # what was rounded up to the end is not in the interval


def single(value: float) -> float:
    """`value` rounded to float32."""
    K = host()
    return float(K.full((), value, dtype=K.native[float32]))


def normal(
    generator: Generator, count: int, kind: dtype, mean: float = 0.0, std: float = 1.0, dense: bool = True
) -> Any:
    """Normal numbers of a floating type. torch draws fewer than 16, and those for gaps in memory, one by one."""
    K = host()
    if count < FEW or not dense:
        numbers = [pair_normal(generator) for _ in range(count)]
        values = K.asarray(numbers, dtype=K.native[float64])
        if count and (mean, std) != (0.0, 1.0):
            values = multiply_add(K, values, float(std), float(mean))
        values = values if kind is float64 else K.astype(values, K.native[float32 if kind.is_half else kind])
        return K.astype(values, K.native[kind]) if kind.is_half else values
    draw = doubles if kind is float64 else singles
    whole = count - count % FEW
    values = draw(generator, whole if kind.is_half else count)
    blocks = box_muller(K, K.reshape(values[:whole], (-1, FEW)))
    if count % FEW:  # the last block is drawn anew, over the end of the one before
        last = box_muller(K, K.reshape(draw(generator, FEW), (1, FEW)))
        blocks = K.concat([blocks[: count - FEW], last], axis=0)
    if (mean, std) == (0.0, 1.0):
        return blocks if kind in (float32, float64) else K.astype(blocks, K.native[kind])
    if kind is float64:
        return multiply_add(K, blocks, float(std), float(mean))
    wide = K.astype(blocks, K.native[float64])
    values = K.astype(K.add(K.multiply(wide, single(std)), single(mean)), K.native[float32])
    return values if kind is float32 else K.astype(values, K.native[kind])


def pair_normal(generator: Generator) -> float:
    """One normal number in double precision; each second one was made with the first (Box and Muller, 1958)."""
    spare = generator.spare
    if spare is not None:
        generator.spare = None
        return spare
    high, low, high2, low2 = generator.words(4)
    angle = 2.0 * math.pi * ((((high << 32) | low) & (2**53 - 1)) * 2.0**-53)
    second = (((high2 << 32) | low2) & (2**53 - 1)) * 2.0**-53
    radius = math.sqrt(-2.0 * math.log1p(-second))
    generator.spare = radius * math.sin(angle)
    return radius * math.cos(angle)


def box_muller(K: Any, uniforms: Any) -> Any:
    """Normal numbers from rows of 16 uniform ones: eight radii, then eight angles."""
    radius = K.sqrt(K.multiply(K.log(K.add(K.negative(uniforms[:, :8]), 1.0)), -2.0))
    angle = K.multiply(uniforms[:, 8:], 2.0 * math.pi)
    pairs = K.concat([K.multiply(radius, K.cos(angle)), K.multiply(radius, K.sin(angle))], axis=1)
    return K.reshape(pairs, (-1,))


def integers(generator: Generator, count: int, span: int, base: int) -> Any:
    """int64 from `base` to ``base + span - 1``; two words each where one would be felt to be too few."""
    K = host()
    long = K.native[dtypes.int64]
    if span >= 2**28:
        drawn = long_words(generator, count)
        if span < 2**64:
            drawn = K.add(K.remainder(drawn, span), base % 2**64)  # modulo 2**64, as the types wrap
        return K.astype(drawn, long)
    drawn = K.remainder(K.astype(words(generator, count), long), span)
    return K.add(drawn, base) if base else drawn


def permutation(generator: Generator, count: int) -> list[int]:
    """0, 1, ..., shuffled (Fisher and Yates)."""
    order = list(range(count))
    for i, word in enumerate(generator.words(max(count - 1, 0))):
        j = i + word % (count - i)
        order[i], order[j] = order[j], order[i]
    return order


def each(function: Any, values: Any) -> Any:
    """A function of Python's math module of every number: the C library's, as in the loops of these distributions in torch."""
    K = host()
    return K.asarray([function(value) for value in values.tolist()], dtype=K.native[float64])


def exponential(generator: Generator, count: int, kind: dtype, rate: float = 1.0) -> Any:
    """Waiting times."""
    K = host()
    logarithm = each(math.log1p, K.negative(doubles(generator, count)))
    return narrowed(K, K.multiply(logarithm, -1.0 / rate), kind)


def cauchy(generator: Generator, count: int, kind: dtype, median: float, sigma: float) -> Any:
    """Numbers of the Cauchy distribution."""
    K = host()
    angle = K.multiply(K.add(doubles(generator, count), -0.5), math.pi)
    return narrowed(K, K.add(K.multiply(each(math.tan, angle), sigma), median), kind)


def log_normal(generator: Generator, count: int, kind: dtype, mean: float, std: float) -> Any:
    """Numbers whose logarithms are normal."""
    return narrowed(host(), each(math.exp, normal(generator, count, float64, mean, std, dense=False)), kind)


def geometric(generator: Generator, count: int, kind: dtype, p: float) -> Any:
    """How many trials the first success takes."""
    K = host()
    logarithm = each(lambda u: math.log(u) if u else -math.inf, doubles(generator, count))
    return narrowed(K, K.ceil(K.divide(logarithm, math.log1p(-p))), kind)


def bounded(generator: Generator, count: int, kind: dtype, low: int, high: int) -> Any:
    """Integers in [low, high) of any real type, with torch's errors."""
    if kind.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    for word, value in (("from", low), ("to - 1", high - 1)):
        check_bound(kind, word, value)
    if kind.category == FLOAT:
        low, high = -inward(kind, -low), inward(kind, high)
    return narrowed(host(), integers(generator, count, high - low, low), kind)


def inward(kind: dtype, end: int) -> int:
    """The end of an interval, moved inward if `kind` would round the last number before it on to it."""
    K, last = host(), end - 1
    nearest = int(K.astype(narrowed(K, K.full((), last, dtype=K.native[float64]), kind), K.native[float64]))
    if nearest < end:
        return end
    return nearest - (1 << (abs(last).bit_length() - DIGITS[kind.name]))


def largest(kind: dtype) -> int:
    """The largest integer up to which `kind` holds every one."""
    if kind.category == FLOAT:
        return int(2 ** DIGITS[kind.name])
    return 1 if kind is dtypes.bool else dtypes.iinfo(kind).max


def unbounded(generator: Generator, count: int, kind: dtype) -> Any:
    """Integers from 0 to the largest up to which `kind` holds every one."""
    if kind.is_complex or kind.name in ("uint16", "uint32", "uint64"):
        raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{SCALAR_NAMES[kind.name]}'")
    K, span = host(), largest(kind) + 1
    if kind in (dtypes.int64, float64):
        drawn = K.remainder(long_words(generator, count), span)
    else:
        drawn = K.remainder(K.astype(words(generator, count), K.native[dtypes.int64]), span)
    return narrowed(K, drawn, kind)


# torch's names of C++ types, in the texts of random numbers
C_TYPES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long", "bool": "bool",
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
}
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}  # of a floating type's mantissa


def check_bound(kind: dtype, word: str, value: int) -> None:
    """Raise torch's error, or warn as torch does, if a bound of random integers does not fit in `kind`."""
    if kind.category < FLOAT:
        lowest, highest = (0, 1) if kind is dtypes.bool else (dtypes.iinfo(kind).min, dtypes.iinfo(kind).max)
    else:
        lowest, highest = -dtypes.finfo(kind).max, dtypes.finfo(kind).max
    name = C_TYPES.get(kind.name, kind.name)
    if not lowest <= value <= highest:
        raise RuntimeError(f"{word} is out of bounds for {name}")
    if kind.category == FLOAT and abs(value) > 2 ** DIGITS[kind.name]:
        import warnings

        digits = DIGITS[kind.name]
        warnings.warn(
            f"{word} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {name} can support discrete uniform "
            "distribution only within this range. This warning will become an error in version 1.7 release, please fix the code in "
            "advance",
            stacklevel=5,
        )


def check_std(std: float) -> None:
    """Raise torch's error for a standard deviation that is negative or nan."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def narrowed(K: Any, values: Any, kind: dtype) -> Any:
    """Numbers as another dtype; half precision by way of float32."""
    if K.dtype_of(values) is kind:
        return values
    if kind.is_half:
        values = K.astype(values, K.native[float32])
    return K.astype(values, K.native[kind])


# -- into place -------------------------------------------------------------------------------------------
def chosen(name: str, generator: Any) -> Generator:
    """A generator argument, or the default one."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"{name}(): argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator


def arranged(
    flat: Any, K: Any, shape: tuple[int, ...], strides: tuple[int, ...] | None = None, device: Any = None
) -> Any:
    """Drawn numbers in a shape, as an array of the backend with kernels `K`.

    They follow each other in the memory that `strides` describe, as in torch's loops.
    """
    source = host()
    if strides is None or strides == contiguous_strides(shape):
        array = source.reshape(flat, shape)
    else:
        order = memory_order(shape, strides)[::-1]  # outermost first
        laid = source.reshape(flat, tuple([shape[d] for d in order]))
        array = source.permute_dims(laid, tuple([order.index(d) for d in range(len(order))]))
    if K is source:
        return array
    from isograd.interchange import crossed

    return crossed(array, source, K, device)


def paired(
    flat: Any, K: Any, shape: tuple[int, ...], strides: tuple[int, ...] | None = None, device: Any = None
) -> Any:
    """As `arranged`, complex numbers of drawn real and imaginary parts, which are neighbours in memory."""
    source = host()
    if strides is not None:
        strides = (*[2 * step for step in strides], 1)
    parts = arranged(flat, source, (*shape, 2), strides)
    native = source.native[source.dtype_of(flat).to_complex()]
    real, imaginary = source.astype(parts[..., 0], native), source.astype(parts[..., 1], native)
    array = source.add(real, source.multiply(imaginary, 1j))
    if K is source:
        return array
    from isograd.interchange import crossed

    return crossed(array, source, K, device)
