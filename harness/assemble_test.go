package harness

import "slices"

// A WebAssembly assembler for the few modules that no compiler makes: those
// that break a rule.

const (
	i32 = 0x7f
	i64 = 0x7e

	opUnreachable = 0x00
	opLoop        = 0x03
	opIf          = 0x04
	opEnd         = 0x0b
	opBrIf        = 0x0d
	opCall        = 0x10
	opDrop        = 0x1a
	opLocalGet    = 0x20
	opLocalSet    = 0x21
	opLocalTee    = 0x22
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI32Eq       = 0x46
	opI32Sub      = 0x6b
	blockVoid     = 0x40
)

type wasmFunc struct {
	// name is the export, or "module.name" of an import.
	name            string
	params, results []byte
	// code are the instructions without the last end; nil for an import.
	code []byte
}

func leb(n int) []byte {
	var b []byte
	for {
		c := byte(n & 0x7f)
		if n >>= 7; n == 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func vector(items ...[]byte) []byte {
	b := leb(len(items))
	for _, item := range items {
		b = append(b, item...)
	}
	return b
}

func wasmName(s string) []byte { return append(leb(len(s)), s...) }

func section(id byte, content []byte) []byte {
	return append(append([]byte{id}, leb(len(content))...), content...)
}

// assemble makes a module with a memory of one page: imports first, then
// functions, each exported by its name.
func assemble(imports, funcs []wasmFunc) []byte {
	var types, imported, declared, exported, code [][]byte
	for i, f := range slices.Concat(imports, funcs) {
		types = append(types, slices.Concat([]byte{0x60}, leb(len(f.params)), f.params, leb(len(f.results)), f.results))
		if i < len(imports) {
			at := slices.Index([]byte(f.name), '.')
			imported = append(imported, slices.Concat(wasmName(f.name[:at]), wasmName(f.name[at+1:]), []byte{0}, leb(i)))
			continue
		}
		declared = append(declared, leb(i))
		exported = append(exported, slices.Concat(wasmName(f.name), []byte{0}, leb(i)))
		body := slices.Concat([]byte{0}, f.code, []byte{opEnd})
		code = append(code, append(leb(len(body)), body...))
	}
	exported = append(exported, append(wasmName("memory"), 2, 0))
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, vector(types...)), section(2, vector(imported...)), section(3, vector(declared...)),
		section(5, []byte{1, 0, 1}), section(7, vector(exported...)), section(10, vector(code...)))
}

// countDown is code that goes round 2^22 times, counting in the first parameter.
func countDown() []byte {
	return []byte{
		opI32Const, 0x80, 0x80, 0x80, 0x02, opLocalSet, 0,
		opLoop, blockVoid, opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, opBrIf, 0, opEnd,
	}
}

// plain are the exports that every plugin needs.
func plain() []wasmFunc {
	return []wasmFunc{
		{name: "proxy_abi_version_0_2_1", code: []byte{}},
		{name: "malloc", params: []byte{i32}, results: []byte{i32}, code: []byte{opI32Const, 0x80, 0x08}},
	}
}
