//! Examples at the end of each command's help.

pub const GIBBS: &str = "Examples:
  gibbs systems
  gibbs exact ising l=8 -T 1:4:7 --per-site
  gibbs sample ising l=16 -T 2,2.5,3 --per-site";

pub const COMPARE: &str = "Examples:
  gibbs compare --quick --out results
  gibbs compare --prompt 'And the king'
  gibbs compare settings.toml --seed 2";

pub const PAGE: &str = "Examples:
  gibbs page --quick
  gibbs page --prompt 'And the king' --out results
  gibbs page --seed 2";

pub const SYSTEMS: &str = "Examples:
  gibbs systems
  gibbs systems ising
  gibbs systems --format csv";

pub const EXACT: &str = "Examples:
  gibbs exact two_level g1=3 -T 0,0.5,1,inf
  gibbs exact ising l=inf -T 2:3:11
  gibbs exact rotor theta=1.93cm-1 -T 100:300:5 --unit kJ/mol
  gibbs exact einstein_solid theta=1320K -- debye_solid theta=1860K -T 10:600:60 --plot";

pub const SAMPLE: &str = "Examples:
  gibbs sample ising l=16 -T 2,2.5,3 --per-site
  gibbs sample two_level gap=10meV -T 300 --particles 1e9
  gibbs sample xy l=8 -T 1.2 --error 0.5 --format csv";

pub const VERIFY: &str = "Examples:
  gibbs verify
  gibbs verify two_level paramagnet
  gibbs verify two_level --verbose";

pub const GLOW: &str = "Examples:
  gibbs glow -T 2700,5772
  gibbs glow -T 1000:12000:12 --particles 1e5
  gibbs glow -T 5772 --plot --out results";

pub const TOKENS: &str = "Examples:
  gibbs tokens curve -T 0:2:9
  gibbs tokens text -T 0.7 --prompt 'And the king' --length 20
  gibbs tokens draw -T 0.8 --draws 100";

pub const CURVE: &str = "Examples:
  gibbs tokens curve -T 0:2:9
  gibbs tokens curve --prompt 'And the king' -T 0.7,1 --top-k 40
  gibbs tokens curve --prompt 'And the king' -T 1 --top-p 0.9 --as vllm
  gibbs tokens curve --prompt 'And the king' -T 0.5,2 --top-k 40 --top-p 0.9 --explain
  gibbs tokens curve -T 0.1:5:20 --plot --out results";

pub const TEXT: &str = "Examples:
  gibbs tokens text -T 0.7 --prompt 'And the king' --length 20
  gibbs tokens text -T 0.5,2 --length 10 --top-p 0.9
  gibbs tokens text -T 1 --length 10 --texts 4 --format csv";

pub const DRAW: &str = "Examples:
  gibbs tokens draw -T 0.8 --draws 100
  gibbs tokens draw -T 1 --top-k 40 --draws 1e3
  gibbs tokens draw --prompt 'And the king' -T 1.2 --min-p 0.05";

pub const MATCH: &str = "Examples:
  gibbs tokens match
  gibbs tokens match -T 0.7,1 --prompt 'And the king'
  gibbs tokens match --model other.gguf -T 1
  gibbs tokens match --with other.gguf -T 0.4:2:9 --plot";

pub const RANDOM_ENERGY: &str = "Examples:
  gibbs tokens random-energy
  gibbs tokens random-energy --prompt 'And the king'
  gibbs tokens random-energy --logits logits.npy";

pub const STATES: &str = "Examples:
  gibbs tokens states
  gibbs tokens states --prompt 'And the king' --format csv
  gibbs tokens states --plot --out results";

pub const CORPUS: &str = "Examples:
  gibbs tokens corpus book.txt
  gibbs tokens corpus book.txt --format json
  gibbs tokens corpus book.txt --model model.gguf";

pub const SEQUENCES: &str = "Examples:
  gibbs tokens sequences -T 0.5,1,2 --model-temperatures none
  gibbs tokens sequences -T 1 --model-temperatures 0.8 --prompt 'And the king'
  gibbs tokens sequences -T 0.5:2:5 --model-temperatures none --plot --out results";

pub const EXPORT: &str = "Examples:
  gibbs tokens export embedded.gguf
  gibbs tokens export llama.gguf --model folder
  gibbs tokens export embedded.gguf --quiet";

pub const THERMOMETER: &str = "Examples:
  gibbs thermometer draws.jsonl --requested 0.8
  gibbs thermometer responses.jsonl --vocabulary 32000 --top-k 40
  gibbs thermometer --server http://localhost:8080 -T 0.8 --requests 4";
