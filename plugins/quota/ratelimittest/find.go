//go:build !wasip1

package ratelimittest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// serviceBinary is where `make ratelimit` puts the service below the
// repository's root.
const serviceBinary = ".cache/bin/service_cmd"

// FindRedis returns the path of Redis: the REDIS_SERVER variable of the
// environment if it is set, else redis-server in PATH. The error names the command
// that helps.
func FindRedis() (string, error) {
	if path := os.Getenv("REDIS_SERVER"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("redis: REDIS_SERVER=%s: %w", path, err)
		}
		return path, nil
	}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", errors.New("redis: no redis-server in PATH: run `make redis`, or set REDIS_SERVER to a redis-server binary")
	}
	return path, nil
}

// FindService returns the path of the rate limit service: the RATELIMIT_SERVICE
// variable of the environment if it is set, else what `make ratelimit` built into
// .cache of this folder or one above it. The error names the command that helps.
func FindService() (string, error) {
	if path := os.Getenv("RATELIMIT_SERVICE"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("ratelimit: RATELIMIT_SERVICE=%s: %w", path, err)
		}
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, filepath.FromSlash(serviceBinary))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("ratelimit: no " + serviceBinary + " here or above: run `make ratelimit`, or set RATELIMIT_SERVICE to a binary of envoyproxy/ratelimit's service_cmd")
		}
		dir = parent
	}
}
