package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// find returns the path of a file that `make istio-tools` puts below .cache, of this
// folder or one above it.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, ".cache", filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("cluster: no .cache/%s here or above: run `make istio-tools`", name)
		}
		dir = parent
	}
}

// tool returns the path of a program: one that `make istio-tools` built, else the one
// in PATH.
func tool(name string) (string, error) {
	path, err := find("bin/" + name)
	if err == nil {
		return path, nil
	}
	if found, lookErr := exec.LookPath(name); lookErr == nil {
		return found, nil
	}
	return "", fmt.Errorf("%w, or put %s in PATH", err, name)
}
