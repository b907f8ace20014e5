"""Tensor: an array of some backend, and its place in the graph.

What an operation must write for each result lies in four slots; all else (``grad``, hooks, view) has its default on the class and is
set on the instance only when used.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from isograd import dtypes
from isograd.dtypes import FLOAT, INTEGER, SCALAR_NAMES, dtype
from isograd.grad_mode import grad_enabled, inference_enabled
from isograd.graph import LEAF, TYPE_NAMES, UNVERSIONED, VIEW
from isograd.layouts import strided
from isograd.shapes import Size, numel
from isograd.views import SINK, edge_of, wants

__all__ = ["Tensor"]

new = object.__new__
backward: Any = None  # that of isograd.engine, which puts it here


class TensorType(type):
    """Makes ``Tensor(...)`` the legacy constructor of torch, and keeps ``object.__new__`` free for the hot path."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Tensor:
            from isograd.legacy import legacy_constructor

            return legacy_constructor(*args, **kwargs)
        return type.__call__(cls, *args, **kwargs)


class Tensor(metaclass=TensorType):
    """An array with torch's interface, whose operations are recorded for backward.

    Make one with `isograd.tensor`, `isograd.zeros` and their kin; ``Tensor(2, 3)`` and ``Tensor([[1, 2]])`` work as in torch.

    Attributes
    ----------
    array : object
        The backend's native array. Shared, not copied.
    space : Space
        Its backend, device and dtype.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.tensor([1., 2.], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __module__ = "isograd"  # where users find it
    __slots__ = ("array", "space", "_edge", "_versions", "__dict__", "__weakref__")

    array: Any
    space: Any
    _edge: Any  # None, (node, output number), LEAF or VIEW
    _versions: list[int] | None

    _seq = 0  # as the target of an edge, a tensor is a leaf
    nowhere = False
    _view: Any = None
    _grad: Any = None
    _hooks: dict[int, Any] | None = None
    _post_accumulate: dict[int, Any] | None = None
    _accumulate_hooks: Any = None
    _retains = False

    __hash__ = object.__hash__
    __array_priority__ = 1000  # before NumPy's operators

    # -- facts ----------------------------------------------------------------------------------------------------------------
    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        found: dtype = self.space.dtype
        return found

    @property
    def device(self) -> Any:
        """Where the elements are."""
        return self.space.device

    @property
    def shape(self) -> Size:
        """The lengths of the dimensions."""
        return Size(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.array.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.space.dtype.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.numel() * self.itemsize

    @property
    def is_cpu(self) -> bool:
        return self.space.device.type == "cpu"  # type: ignore[no-any-return]

    @property
    def is_cuda(self) -> bool:
        return self.space.device.type == "cuda"  # type: ignore[no-any-return]

    is_sparse = is_sparse_csr = is_quantized = is_meta = is_nested = is_mkldnn = False
    is_ipu = is_maia = is_mps = is_mtia = is_vulkan = is_xla = is_xpu = False

    @property
    def layout(self) -> Any:
        """How the elements are stored: densely, with strides."""
        return strided

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self.array.shape)

    ndimension = dim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of dimension `dim`."""
        if dim is None:
            return Size(self.array.shape)
        shape = self.array.shape
        return shape[_dimension("size", dim, len(shape))]

    def numel(self) -> int:
        """The number of elements."""
        return numel(self.array.shape)

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours along each dimension (or along `dim`) are."""
        strides = tuple(self.space.backend.strides(self.array))
        return strides if dim is None else strides[_dimension("stride", dim, len(strides))]

    def storage_offset(self) -> int:
        """Elements between the start of the memory and the first element."""
        return self.space.backend.storage_offset(self.array)  # type: ignore[no-any-return]

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie densely, in row-major order or that of `memory_format`."""
        if memory_format is not None and not hasattr(memory_format, "name"):
            raise TypeError("is_contiguous(): argument 'memory_format' must be torch.memory_format, not "
                            f"{type(memory_format).__name__}")
        if memory_format is not None and memory_format.name.startswith("channels_last"):
            from isograd.layouts import format_strides

            shape = self.array.shape
            if len(shape) != (4 if memory_format.name == "channels_last" else 5):
                return False
            wanted = format_strides(shape, None, memory_format) or ()
            return 0 in shape or all([n == 1 or s == w for n, s, w in zip(shape, self.stride(), wanted, strict=True)])
        return self.space.backend.is_contiguous(self.array)  # type: ignore[no-any-return]

    def data_ptr(self) -> int:
        """The address of the first element, where the backend tells one; 0 if there is none."""
        if 0 in self.array.shape:
            return 0
        return self.space.backend.data_ptr(self.array)  # type: ignore[no-any-return]

    def get_device(self) -> int:
        """The device's index, -1 on the CPU."""
        device = self.space.device
        return -1 if device.type == "cpu" else device.index or 0

    def is_floating_point(self) -> bool:
        return self.space.dtype.is_floating_point  # type: ignore[no-any-return]

    def is_complex(self) -> bool:
        return self.space.dtype.is_complex  # type: ignore[no-any-return]

    def is_signed(self) -> bool:
        return self.space.dtype.is_signed  # type: ignore[no-any-return]

    def is_conj(self) -> bool:
        """Always False: conjugates are computed at once here."""
        return False

    is_neg = is_conj

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._versions is UNVERSIONED

    def is_same_size(self, other: Tensor) -> bool:
        """Whether both have one shape."""
        if not isinstance(other, Tensor):
            raise bad_argument("is_same_size", "other", 0, other)
        return tuple(self.array.shape) == tuple(other.array.shape)

    def is_set_to(self, other: Tensor) -> bool:
        """Whether both refer to the same elements of the same memory."""
        return (self.data_ptr() == other.data_ptr() and self.shape == other.shape and self.stride() == other.stride())

    # -- place in the graph ---------------------------------------------------------------------------------------------------
    @property
    def requires_grad(self) -> bool:
        """Whether gradients are to be computed for this tensor."""
        edge = self._edge
        return edge is not None and (edge is not VIEW or wants(self))

    @requires_grad.setter
    def requires_grad(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if not self.is_leaf:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables." + (
                    "" if value else " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."))
        if value and self.space.category < FLOAT:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        if value and self._versions is UNVERSIONED and not inference_enabled():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._edge = LEAF if value else (VIEW if self._view is not None else None)
        if not value and self._view is not None:
            self._view.edge = None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` in place and return self."""
        if requires_grad is True and not self.is_leaf:
            return self
        if requires_grad is True and self.space.category < FLOAT:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if not isinstance(requires_grad, bool):
            raise bad_argument("requires_grad_", "requires_grad", 0, requires_grad, "bool")
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no operation is recorded behind this tensor."""
        edge = edge_of(self)
        return edge is None or edge is SINK or not edge[0]._seq

    @property
    def grad_fn(self) -> Any:
        """The node that made this tensor, or None for a leaf."""
        edge = self._edge
        if edge is None or edge is LEAF:
            return None
        edge = edge_of(self)
        return None if edge is None or edge is SINK or not edge[0]._seq else edge[0]

    @property
    def output_nr(self) -> int:
        """Which output of ``grad_fn`` this is."""
        edge = edge_of(self)
        return 0 if edge is None else edge[1]

    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated by ``backward``, until it is cleared."""
        if self._grad is None and self._edge is not None and not self.is_leaf and not self._retains:
            import warnings

            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
                "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
                ".retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf "
                "Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.", stacklevel=2)
        return self._grad  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value.space.dtype is not self.space.dtype:
                raise RuntimeError(f"attempting to assign a gradient with dtype '{_type_word(value.space.dtype)}' to a tensor with "
                                   f"grad_dtype '{SCALAR_NAMES[self.space.dtype.name]}'. The gradient must match the tensor's grad_dtype "
                                   "(defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific "
                                   "dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor "
                                   "and its gradient may break downstream systems that assume they match.")
            if value.space.device != self.space.device:
                raise RuntimeError(f"attempting to assign a gradient located on device '{value.space.device}' to a tensor located on "
                                   f"device '{self.space.device}'. The gradient must be on the same device as the tensor")
            if value.array.shape != self.array.shape:
                raise RuntimeError(f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                                   f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same elements without history; changes through it are not counted as versions."""
        out = new(Tensor)
        out.array = self.array
        out.space = self.space
        out._versions = None
        out._edge = None
        return out

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value.space.category < FLOAT:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self.array = value.array
        self.space = value.space

    @property
    def _version(self) -> int:
        if self._versions is UNVERSIONED:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._versions is None else self._versions[0]

    @property
    def _base(self) -> Tensor | None:
        view = self._view
        return None if view is None else view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def detach(self) -> Tensor:
        """The same elements without history. In-place changes to either are seen, and counted, by both."""
        versions = self._versions
        if versions is None:
            versions = self._versions = [0]
        out = new(Tensor)
        out.array = self.array
        out.space = self.space
        out._versions = versions
        out._edge = None
        return out

    def as_subclass(self, cls: type) -> Any:
        """The same tensor as an instance of `cls`, a subclass of Tensor: same elements, same history.

        Results of operations are plain Tensors: subclasses are not carried on, unlike in torch.
        """
        if not (isinstance(cls, type) and issubclass(cls, Tensor)):
            raise TypeError("as_subclass(): argument 'cls' must be a subclass of Tensor")
        out = new(cls)
        out.array, out.space, out._versions = self.array, self.space, self._versions
        edge = edge_of(self)
        out._edge = edge
        return out

    def detach_(self) -> Tensor:
        """Drop this tensor's history in place."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                               "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                               "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                               "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution.")
        self._edge = None
        return self

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
                 inputs: Any = None) -> None:
        """Accumulate, in the ``.grad`` of the leaves behind this tensor, its gradient with respect to them.

        Parameters
        ----------
        gradient : Tensor, optional
            The gradient of something with respect to this tensor; 1 for a scalar when left out.
        retain_graph : bool, optional
            Keep the saved tensors for another backward; as `create_graph` when left out.
        create_graph : bool
            Record the backward itself, for higher derivatives.
        inputs : Tensor or sequence of Tensor, optional
            Accumulate into these only.

        Raises
        ------
        RuntimeError
            For a non-scalar without `gradient`, a freed graph, or a saved tensor changed in place.
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook: Any) -> Any:
        """Call ``hook(grad)`` when this tensor's gradient is known; what it returns (if not None) replaces the gradient.

        Returns
        -------
        RemovableHandle
            Its ``remove()`` takes the hook out.
        """
        from isograd.hooks import RemovableHandle

        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node, number = edge
        if not node._seq:
            if self._hooks is None:
                self._hooks = {}
            return RemovableHandle.add(self._hooks, hook)
        node.hooked = True
        if node.pre_hooks is None:
            node.pre_hooks = {}
        return RemovableHandle.add(node.pre_hooks.setdefault(number, {}), hook)

    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call ``hook(tensor)`` after a gradient was accumulated in this leaf's ``.grad``."""
        from isograd.hooks import RemovableHandle

        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post_accumulate is None:
            self._post_accumulate = {}
        return RemovableHandle.add(self._post_accumulate, hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor in ``.grad`` although it is not a leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf or self._retains:
            return
        import weakref

        edge = edge_of(self)
        assert edge is not None
        node, number = edge
        node.hooked = True
        if node.retained is None:
            node.retained = {}
        node.retained[number] = weakref.ref(self)
        self._retains = True

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        return self._retains and not self.is_leaf

    # -- Python and other libraries -------------------------------------------------------------------------------------------
    def item(self) -> Any:
        """The Python number of a tensor with one element."""
        count = self.numel()
        if count != 1:
            raise RuntimeError(f"a Tensor with {count} elements cannot be converted to Scalar")
        return self.space.backend.item(self.array)

    def tolist(self) -> Any:
        """Nested lists of Python numbers; a number for a 0-d tensor."""
        return self.space.backend.tolist(self.array)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        from isograd.printing import tensor_str

        return tensor_str(self)

    def __format__(self, spec: str) -> str:
        if not self.array.shape:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __len__(self) -> int:
        shape = self.array.shape
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        length: int = shape[0]
        return length

    def __reversed__(self) -> Tensor:
        return self if not self.array.shape else self.flip(0)

    def __iter__(self) -> Any:
        if not self.array.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __bool__(self) -> bool:
        count = self.numel()
        if count != 1:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous" if count == 0 else
                               "Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.space.backend.item(self.array))

    def __int__(self) -> int:
        return int(self._number("int"))

    def __float__(self) -> float:
        return float(self._number("float"))

    def __complex__(self) -> complex:
        return complex(self._number("complex"))

    def _number(self, kind: str) -> Any:
        if self.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if kind != "complex" and edge_of(self) is not None and grad_enabled():
            from isograd.interchange import warn_once

            warn_once("Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
                      "tensor.detach() first.", 4)
        value = self.item()
        if isinstance(value, complex) and kind != "complex":
            if value.imag:
                raise RuntimeError(f"value cannot be converted to type {'double' if kind == 'float' else 'int64_t'} without overflow")
            return value.real
        return value

    def __index__(self) -> int:
        if self.numel() != 1 or self.space.category > INTEGER:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return operator.index(self.item())

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, int, float, complex, bool)):
            found: Any = element == self
            return bool(found.any().item())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def numpy(self, *, force: bool = False) -> Any:
        """The elements as a NumPy array that shares their memory.

        Parameters
        ----------
        force : bool
            Detach, and copy from a device, first.

        Raises
        ------
        RuntimeError
            For a tensor that requires a gradient, unless `force`.
        """
        if not force:
            if self.requires_grad:
                raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
            if self.space.device.type != "cpu":
                raise TypeError(f"can't convert {self.space.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                                "host memory first.")
        from isograd.interchange import to_numpy

        return to_numpy(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """A NumPy function's result as a tensor."""
        from isograd.interchange import from_numpy

        return from_numpy(array.astype("uint8") if array.dtype == bool else array)

    def __dlpack__(self, **options: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        from isograd.interchange import dlpack_of

        return dlpack_of(self, **options)

    def __dlpack_device__(self) -> Any:
        from isograd.interchange import dlpack_device_of

        return dlpack_device_of(self)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The type's legacy name, or this tensor converted to `dtype`."""
        if dtype is None:
            prefix = "torch." if self.space.device.type == "cpu" else f"torch.{self.space.device.type}."
            return prefix + TYPE_NAMES[self.space.dtype.name]
        if isinstance(dtype, str):
            named = {f"torch.{v}": dtypes.BY_NAME[k] for k, v in TYPE_NAMES.items()}
            if dtype not in named:
                raise ValueError(f"invalid type: '{dtype}'")
            dtype = named[dtype]
        elif isinstance(dtype, type):
            if not hasattr(dtype, "dtype"):
                raise ValueError(f"invalid type: '{dtype.__name__}'")
            dtype = dtype.dtype
        elif not isinstance(dtype, dtypes.dtype):
            raise TypeError("dtype must be a type, str, or dtype object")
        return self.to(dtype)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
                               "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
                               "see https://github.com/pytorch/pytorch/pull/103001")
        if id(self) in memo:
            found: Tensor = memo[id(self)]
            return found
        from isograd.interchange import placed, read

        memory, layout = placed(self)
        key: Any = ("memory", memory.key)
        if key not in memo:  # tensors that share memory shall share its copy
            memo[key] = self.space.K.copy(memory.flat), memory
        out = new(self.__class__)
        out.array = read(memo[key][0], self.space, *layout)
        out.space = self.space
        out._versions = None
        out._edge = LEAF if self.requires_grad else None
        memo[id(self)] = out
        if self._grad is not None:
            out._grad = self._grad.__deepcopy__(memo)
        return out

    def __copy__(self) -> Tensor:
        out = self.data
        out._edge = LEAF if self.requires_grad else None
        return out

    def __reduce_ex__(self, protocol: Any) -> Any:
        from isograd.interchange import placed, rebuild

        memory, layout = placed(self)
        return rebuild, (memory, *layout, self.requires_grad)

    if TYPE_CHECKING:  # what ops declare

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Tensor: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Any: ...
        __radd__, __rmul__ = __add__, __mul__


def _dimension(name: str, dim: Any, ndim: int) -> int:
    """A dimension argument, counted from the front."""
    from isograd.shapes import wrap_dim

    if not hasattr(type(dim), "__index__"):
        raise bad_argument(name, "dim", 0, dim, "int")
    where = wrap_dim(dim, ndim)
    if not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return where


def seal(cls: type) -> None:
    """Make the properties that have no setter refuse assignment with torch's text; they stay plain properties, which are fast to read."""
    for name, found in list(vars(cls).items()):
        if isinstance(found, property) and found.fset is None:
            setattr(cls, name, property(found.fget, _refusal(name), None, found.__doc__))


def _refusal(name: str) -> Any:
    def refuse(self: Any, value: Any) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refuse


def _type_word(d: dtype) -> str:
    return {"float32": "float", "float64": "double", "int64": "long int", "int32": "int"}.get(d.name, SCALAR_NAMES[d.name])


def is_number(value: Any) -> bool:
    """Whether `value` is a Python or NumPy number."""
    if isinstance(value, (int, float, complex)):
        return True
    return getattr(value, "shape", None) == () and hasattr(value, "item") and not isinstance(value, Tensor)


def bad_argument(op: str, name: str, position: int, value: Any, expected: str = "Tensor") -> TypeError:
    """torch's error for an argument of the wrong type."""
    return TypeError(f"{op}(): argument '{name}' (position {position + 1}) must be {expected}, not {type(value).__name__}")


