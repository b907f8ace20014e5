"""Random numbers: the generator, whose stream of bits is torch's on the CPU, and its state.

torch draws from the Mersenne Twister (Matsumoto and Nishimura, 1998), seeded with ``init_genrand``. Python's standard library has the
same generator in C, so nothing else is needed here.
"""

from __future__ import annotations

from _random import Random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from isograd.devices import device as Device
from isograd.tensor import Tensor

__all__ = [
    "Generator", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state",
]

WORDS = 624  # of the twister's state
STATE_BYTES = 5056  # of torch's record of it


class Generator:
    """A stream of random numbers.

    Parameters
    ----------
    device : device or str
        Where the numbers are wanted. They are drawn on the host everywhere, so one seed gives one stream.

    Examples
    --------
    >>> import isograd as torch
    >>> g = torch.Generator().manual_seed(0)
    >>> torch.rand(2, generator=g)
    tensor([0.4963, 0.7682])
    """

    __slots__ = ("device", "_twister", "_seed", "_fresh", "spare", "__weakref__")

    spare: float | None  # normals come in pairs: the second of the last one

    def __init__(self, device: Any = "cpu") -> None:
        self.device = Device(device)
        self._twister = Random()
        self.manual_seed(67280421310721)  # torch's default

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that `seed` stands for, and return self."""
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed & (2**64 - 1)
        word = seed & 0xFFFFFFFF
        words = [word]
        for i in range(1, WORDS):
            word = (1812433253 * (word ^ (word >> 30)) + i) & 0xFFFFFFFF
            words.append(word)
        self._twister.setstate((*words, WORDS))
        self._fresh = True
        self.spare = None
        return self

    def seed(self) -> int:
        """Start an unpredictable stream, and return its seed."""
        from os import urandom

        found = int.from_bytes(urandom(8), "little")
        self.manual_seed(found)
        return found

    def initial_seed(self) -> int:
        """The seed of the present stream."""
        return self._seed

    def words(self, count: int) -> memoryview:
        """The next `count` words of 32 bits."""
        if not count:
            return memoryview(b"").cast("I")
        self._fresh = False
        return memoryview(self._twister.getrandbits(32 * count).to_bytes(4 * count, "little")).cast("I")

    # -- state --------------------------------------------------------------------------------------------
    def _record(self) -> bytes:
        """The state as torch lays it out: seed, words left, position, state, the spare normal."""
        from struct import pack

        *words, position = self._twister.getstate()
        position = 0 if self._fresh else position
        left = 1 if self._fresh else WORDS + 1 - position
        spare = self.spare
        return pack(
            f"<QiiQ{WORDS}Qdddif?7x", self._seed, left, 1, position, *words,
            0.0, spare or 0.0, 0.0, spare is not None, 0.0, False,
        )

    def get_state(self) -> Tensor:
        """The state, as a tensor of bytes that torch reads too."""
        from isograd.data import frombuffer
        from isograd.dtypes import uint8

        return frombuffer(bytearray(self._record()), dtype=uint8)

    def set_state(self, new_state: Tensor) -> Generator:
        """Go back to a state that `get_state` gave, and return self."""
        from struct import unpack

        from isograd.dtypes import uint8

        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        raw = bytes(new_state.tolist())
        if len(raw) != STATE_BYTES:
            raise RuntimeError(
                f"Expected either a CPUGeneratorImplStateLegacy of size {STATE_BYTES - 8} or a CPUGeneratorImplState of size "
                f"{STATE_BYTES} but found the input RNG state size to be {len(raw)}"
            )
        seed, left, seeded, position, *rest = unpack(f"<QiiQ{WORDS}Qdddif?7x", raw)
        words, (_, spare, _, valid, _, _) = rest[:WORDS], rest[WORDS:]
        if not seeded or not 0 <= position <= WORDS or not 0 < left <= WORDS:
            raise RuntimeError("Invalid mt19937 state")
        self._seed = seed
        self._fresh = position == 0
        self._twister.setstate((*words, WORDS if left == 1 else position))
        self.spare = spare if valid else None
        return self

    def clone_state(self) -> Generator:
        """Another generator in the same state."""
        return Generator(self.device).set_state(self.get_state())

    def __getstate__(self) -> tuple[str, bytes]:
        return str(self.device), self._record()

    def __setstate__(self, state: tuple[str, bytes]) -> None:
        from isograd.data import frombuffer
        from isograd.dtypes import uint8

        self.device = Device(state[0])
        self._twister = Random()
        self.set_state(frombuffer(bytearray(state[1]), dtype=uint8))

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {hex(id(self))}>"


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the stream that `seed` stands for, and return the generator.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start an unpredictable stream, and return its seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the present stream."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the stream, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Go back to a state that `get_rng_state` gave."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **options: Any) -> Iterator[None]:
    """Leave the stream after the block where it was before."""
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
