// The WebAssembly modules, byte for byte: who changes the assembler or a function sees what came of it, and measures again.
import t from 'tap';
import { createHash } from 'node:crypto';
import { assembleCellFilter } from '../../src/wasm/cell-filter-code.js';
import { assembleMd5Chains } from '../../src/wasm/md5-chain-code.js';
import { assembleMd5Lanes } from '../../src/wasm/md5-lanes-code.js';

const goldenOf = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;

t.test('the modules are what was measured', async (t) => {
  t.equal(goldenOf(assembleMd5Lanes()), '9002 4d44109b56d1995c8bac67ff204d8be304245f00ee20e5be4b3c278b3639e939');
  t.equal(goldenOf(assembleMd5Chains(1)), '2657 b6b0a4cf4e10eea6d6df86fb919c5361ee4072dbcb44cf1d02505c111838737a');
  t.equal(goldenOf(assembleMd5Chains(2)), '4357 c074509bd44d889e1f162ce6bbee02d0d0eb9e50cd85bcd6ca56c78153bba1c0');
  t.equal(goldenOf(assembleCellFilter()), '643 f7167d0fd27083cc1c4fcf384721ea09cee96ad1661a99ac69fda3e1cb665641');
});
