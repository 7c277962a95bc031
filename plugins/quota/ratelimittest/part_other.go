//go:build !linux && !wasip1

package ratelimittest

import "os/exec"

func endWithParent(*exec.Cmd) {}

// namespace is a network namespace, which only Linux has.
type namespace struct{ address string }

func newNamespace() (*namespace, error) { return nil, errNoNamespace }

func (*namespace) command(path string, args ...string) *exec.Cmd { return exec.Command(path, args...) }

func (*namespace) cut(bool) error { return errNoNamespace }

func (*namespace) close() {}
