//! The engine on rten.
//!
//! The network is handed over without optimisation, so that every intermediate value keeps its name, and
//! with the variable constants as graph inputs: rten silently ignores what is fed to a constant.

use core::fmt;
use core::panic::AssertUnwindSafe;
use std::collections::HashSet;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use prost::Message as _;
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{Tensor as RtenTensor, TensorView};

use super::Engine;
use crate::error::Error;
use crate::network::{Constant, Network, Source, Tensor, ValueId};
use crate::onnx::to_model;

/// What the engine knows of a value.
enum Kind {
    /// Computed by a node.
    Computed(NodeId),
    /// The network's input.
    Input,
    /// The variable constant with this place.
    Variable(usize),
    /// A constant; `None` for one of integers.
    Constant(Option<Tensor>),
    /// Not known to the inference library.
    Absent,
}

/// Runs a network with rten, one thread a run.
pub struct RtenEngine {
    model: Model,
    input: (NodeId, Vec<Option<usize>>),
    variable: Vec<(NodeId, String, Vec<usize>)>,
    names: Vec<String>,
    values: Vec<Kind>,
    outputs: Vec<ValueId>,
    /// Pools of one thread that no run is using. A pool runs one network at a time.
    pools: Mutex<Vec<Arc<ThreadPool>>>,
}

impl fmt::Debug for RtenEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtenEngine")
            .field("values", &self.names.len())
            .field("outputs", &self.outputs)
            .finish()
    }
}

impl RtenEngine {
    /// Loads a network whose constants `variable` are given at each run.
    ///
    /// # Errors
    ///
    /// [`Error::EngineLoad`] if the network has not just one input, if a variable value is no float
    /// constant, or if rten does not take the network.
    pub fn new(network: &Network, variable: &[ValueId]) -> Result<Self, Error> {
        let refuse = |reason: String| Error::EngineLoad { reason };
        let &[input] = network.inputs.as_slice() else {
            return Err(refuse(format!("it has {} inputs; one is supported", network.inputs.len())));
        };
        let Some(Source::Input { shape }) = network.values.get(input.index()).map(|value| &value.source)
        else {
            return Err(refuse("its input is not declared as one".into()));
        };
        let mut proto = to_model(network, variable);
        if let Some(graph) = &mut proto.graph {
            // rten keeps nodes and values in one name space: a node must not hide a value.
            let names: HashSet<&str> = network.values.iter().map(|value| value.name.as_str()).collect();
            for node in &mut graph.node {
                node.name = node.name.take().filter(|name| !names.contains(name.as_str()));
            }
        }
        let bytes = proto.encode_to_vec();
        let model = guarded(|| ModelOptions::with_all_ops().enable_optimization(false).load(bytes))
            .map_err(refuse)?
            .map_err(|error| refuse(error.to_string()))?;
        let find = |id: ValueId| {
            let name = network.values.get(id.index()).map(|value| value.name.as_str());
            name.and_then(|name| model.find_node(name)).ok_or_else(|| {
                refuse(format!("the value `{}` is not in the loaded network", name.unwrap_or_default()))
            })
        };
        let mut places = Vec::with_capacity(variable.len());
        for &id in variable {
            let Some(tensor) = network.float_constant(id) else {
                return Err(refuse(format!("value {} is not a float constant and cannot vary", id.0)));
            };
            places.push((find(id)?, network.value(id).name.clone(), tensor.shape.clone()));
        }
        let kind = |(index, value): (usize, &crate::network::Value)| match &value.source {
            _ if index == input.index() => Kind::Input,
            Source::Constant(constant) => {
                match (variable.iter().position(|id| id.index() == index), constant) {
                    (Some(place), _) => Kind::Variable(place),
                    (None, Constant::Float(tensor)) => Kind::Constant(Some(tensor.clone())),
                    (None, Constant::Int { .. }) => Kind::Constant(None),
                }
            }
            _ => model.find_node(&value.name).map_or(Kind::Absent, Kind::Computed),
        };
        Ok(Self {
            input: (find(input)?, shape.clone()),
            values: network.values.iter().enumerate().map(kind).collect(),
            names: network.values.iter().map(|value| value.name.clone()).collect(),
            variable: places,
            outputs: network.outputs.clone(),
            model,
            pools: Mutex::new(Vec::new()),
        })
    }

    /// The inputs of a run, checked against what the network declares.
    fn feed<'a>(
        &self,
        input: &'a Tensor,
        variable: &'a [Tensor],
    ) -> Result<Vec<(NodeId, ValueOrView<'a>)>, String> {
        let (id, shape) = &self.input;
        let fits = shape.len() == input.shape.len()
            && shape.iter().zip(&input.shape).all(|(want, have)| want.is_none_or(|want| want == *have));
        if !fits {
            return Err(format!("the input has the shape {:?}; the network takes {shape:?}", input.shape));
        }
        if variable.len() != self.variable.len() {
            return Err(format!(
                "{} variable constants are given, not {}",
                variable.len(),
                self.variable.len()
            ));
        }
        let mut inputs = vec![(*id, view(input)?)];
        for ((id, name, shape), tensor) in self.variable.iter().zip(variable) {
            if *shape != tensor.shape {
                return Err(format!("`{name}` is given with the shape {:?}, not {shape:?}", tensor.shape));
            }
            inputs.push((*id, view(tensor)?));
        }
        Ok(inputs)
    }

    /// Computes the values `ids`.
    fn compute(&self, inputs: Vec<(NodeId, ValueOrView)>, ids: &[NodeId]) -> Result<Vec<Value>, String> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let pool = self.lock().pop().unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
        let run = || guarded(|| self.model.run(inputs, ids, Some(options)));
        // A rayon worker that waits for another pool takes up more of its own work meanwhile, and would
        // nest runs without end; a plain thread just waits.
        let result = if rayon::current_thread_index().is_some() {
            std::thread::scope(|scope| scope.spawn(run).join())
                .unwrap_or_else(|_| Err("its thread ended early".into()))
        } else {
            run()
        };
        self.lock().push(pool);
        result?.map_err(|error| error.to_string())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<ThreadPool>>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn captured(
        &self,
        input: &Tensor,
        variable: &[Tensor],
        capture: &[ValueId],
    ) -> Result<Vec<Tensor>, String> {
        let mut ids: Vec<NodeId> = Vec::new();
        for id in capture {
            match self.values.get(id.index()) {
                None => return Err(format!("there is no value {}", id.0)),
                Some(Kind::Computed(node)) if !ids.contains(node) => ids.push(*node),
                Some(Kind::Absent | Kind::Constant(None)) => {
                    return Err(format!("`{}` holds no floats", self.names[id.index()]));
                }
                Some(_) => {}
            }
        }
        let values = self.compute(self.feed(input, variable)?, &ids)?;
        let mut tensors = Vec::with_capacity(values.len());
        for value in values {
            tensors.push(owned(value)?);
        }
        let give = |id: &ValueId| match self.values.get(id.index()) {
            Some(Kind::Computed(node)) => {
                ids.iter().position(|id| id == node).and_then(|place| tensors.get(place).cloned())
            }
            Some(Kind::Input) => Some(input.clone()),
            Some(Kind::Variable(place)) => variable.get(*place).cloned(),
            Some(Kind::Constant(tensor)) => tensor.clone(),
            _ => None,
        };
        capture.iter().map(|id| give(id).ok_or_else(|| format!("value {} was not computed", id.0))).collect()
    }
}

impl Engine for RtenEngine {
    fn run(&self, input: &Tensor, variable: &[Tensor], capture: &[ValueId]) -> Result<Vec<Tensor>, Error> {
        let capture = if capture.is_empty() { &self.outputs } else { capture };
        self.captured(input, variable, capture).map_err(|reason| Error::EngineRun { reason })
    }
}

/// Runs foreign code; a panic in it becomes an error.
fn guarded<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("unknown cause");
        format!("the inference library panicked: {text}")
    })
}

/// A tensor as rten sees it.
fn view(tensor: &Tensor) -> Result<ValueOrView<'_>, String> {
    TensorView::try_from_data(tensor.shape.as_slice(), tensor.data.as_slice())
        .map(ValueOrView::from)
        .map_err(|_| format!("{} elements do not fill the shape {:?}", tensor.data.len(), tensor.shape))
}

/// A tensor from rten.
fn owned(value: Value) -> Result<Tensor, String> {
    let tensor: RtenTensor<f32> =
        value.try_into().map_err(|_| "a captured value does not hold floats".to_string())?;
    Ok(Tensor { shape: tensor.shape().to_vec(), data: tensor.into_data() })
}
