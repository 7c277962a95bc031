//go:build !wasip1

package ratelimittest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Config configures Start.
type Config struct {
	// YAML is the service's configuration of one domain: "domain: …" and
	// "descriptors: …". Required unless Files are given.
	YAML string
	// Files are further configurations, a domain each, by file name.
	Files map[string]string
	// Environment are further variables of the service, "NAME=value".
	Environment []string
	// Namespace puts Redis and the service into a network namespace where the
	// machine allows that, which takes Linux and root; Network says what came of it.
	// Cut takes the link down then.
	Namespace bool
}

// Stack is a running rate limit service with its Redis. Close it.
type Stack struct {
	// Redis keeps nothing on disk: killed, it forgets all counters.
	Redis *Part
	// Service is envoyproxy/ratelimit without its local cache. It does not start
	// while Redis is away.
	Service *Part
	// Gate stands between Envoys and the service and counts calls.
	Gate *Gate

	namespace *namespace
	// why there is no namespace where one was asked for.
	why    error
	dir    string
	host   string
	redis  int
	grpc   int
	http   int
	client *http.Client
}

// Start starts Redis and the service, which end with the test, and logs which
// network they have. A part that is missing fails the test.
func Start(t testing.TB, c Config) *Stack {
	t.Helper()
	s, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Logf("ratelimittest: %s", s.Network())
	return s
}

// Run is Start without a test.
func Run(ctx context.Context, c Config) (*Stack, error) {
	redis, err := FindRedis()
	if err != nil {
		return nil, err
	}
	service, err := FindService()
	if err != nil {
		return nil, err
	}
	s := &Stack{host: "127.0.0.1", client: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
	if err := s.run(ctx, c, redis, service); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stack) run(ctx context.Context, c Config, redis, service string) (err error) {
	if s.dir, err = os.MkdirTemp("", "gatehouse-ratelimit-"); err != nil {
		return err
	}
	if err := s.configure(c); err != nil {
		return err
	}
	command, listen := exec.Command, s.host
	if c.Namespace {
		if s.namespace, s.why = newNamespace(); s.why == nil {
			command, listen, s.host = s.namespace.command, "0.0.0.0", s.namespace.address
		}
	}
	if err := s.choosePorts(); err != nil {
		return err
	}
	s.Redis = &Part{
		name: "redis",
		command: func() *exec.Cmd {
			return command(redis, "--port", strconv.Itoa(s.redis), "--bind", listen, "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", s.dir)
		},
		ready: func(context.Context) error { _, err := s.Command("PING"); return err },
	}
	s.Service = &Part{
		name: "ratelimit",
		command: func() *exec.Cmd {
			cmd := command(service)
			cmd.Env = append(append(os.Environ(), s.environment(listen)...), c.Environment...)
			return cmd
		},
		ready: s.healthy,
	}
	if err := s.Redis.Start(ctx); err != nil {
		return err
	}
	if err := s.Service.Start(ctx); err != nil {
		return err
	}
	s.Gate, err = newGate(s.Direct())
	return err
}

// configure writes the service's configuration.
func (s *Stack) configure(c Config) error {
	dir := filepath.Join(s.dir, "ratelimit", "config")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	files := map[string]string{}
	if c.YAML != "" {
		files["config.yaml"] = c.YAML
	}
	for name, content := range c.Files {
		files[name] = content
	}
	if len(files) == 0 {
		return fmt.Errorf("ratelimittest: no configuration, want YAML or Files")
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// choosePorts finds four that are free: a namespace of one's own has them all.
func (s *Stack) choosePorts() error {
	s.redis, s.http, s.grpc = 6379, 8080, 8081
	if s.namespace != nil {
		return nil
	}
	for _, port := range []*int{&s.redis, &s.http, &s.grpc} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}

func (s *Stack) environment(listen string) []string {
	return []string{
		"USE_STATSD=false", "LOG_LEVEL=WARN",
		"HOST=" + listen, "PORT=" + strconv.Itoa(s.http), "GRPC_HOST=" + listen, "GRPC_PORT=" + strconv.Itoa(s.grpc),
		"DEBUG_HOST=127.0.0.1", "DEBUG_PORT=0",
		"REDIS_SOCKET_TYPE=tcp", "REDIS_URL=127.0.0.1:" + strconv.Itoa(s.redis),
		"RUNTIME_ROOT=" + s.dir, "RUNTIME_SUBDIRECTORY=ratelimit", "RUNTIME_WATCH_ROOT=false",
		"LOCAL_CACHE_SIZE_IN_BYTES=0", "EXPIRATION_JITTER_MAX_SECONDS=0",
	}
}

func (s *Stack) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url("/healthcheck"), nil)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health check: status %d", response.StatusCode)
	}
	return nil
}

func (s *Stack) url(path string) string {
	return "http://" + net.JoinHostPort(s.host, strconv.Itoa(s.http)) + path
}

// Close ends everything. It may be called more than once.
func (s *Stack) Close() {
	if s.Gate != nil {
		s.Gate.close()
	}
	for _, part := range []*Part{s.Service, s.Redis} {
		if part != nil {
			part.Kill()
		}
	}
	if s.namespace != nil {
		s.namespace.close()
		s.namespace = nil
	}
	s.client.CloseIdleConnections()
	os.RemoveAll(s.dir)
}

// Direct returns the address of the service itself, with nothing in between.
func (s *Stack) Direct() string { return net.JoinHostPort(s.host, strconv.Itoa(s.grpc)) }

// Address returns what a cluster of Envoy has for its endpoint, so that Cut cuts
// it off: the service at the other end of the link if it has a namespace, else
// the gate.
func (s *Stack) Address() string {
	if s.namespace != nil {
		return s.Direct()
	}
	return s.Gate.Address()
}

// Network says what is between Envoys and the service, and why.
func (s *Stack) Network() string {
	switch {
	case s.namespace != nil:
		return "the service is in a network namespace, at " + s.host
	case s.why != nil:
		return fmt.Sprintf("the service is behind a proxy that cuts the network: %v", s.why)
	}
	return "the service is behind a proxy that cuts the network"
}

// Namespaced tells whether the service is in a network namespace.
func (s *Stack) Namespaced() bool { return s.namespace != nil }

// Cut cuts the network between Address and the service: what is sent is lost on
// the way, or waits where a proxy has to do, and nobody is told.
func (s *Stack) Cut() error {
	if s.namespace != nil {
		return s.namespace.cut(true)
	}
	s.Gate.Set(Stall)
	return nil
}

// Mend joins what Cut has cut.
func (s *Stack) Mend() error {
	if s.namespace != nil {
		return s.namespace.cut(false)
	}
	s.Gate.Set(Pass)
	return nil
}

// Ask asks the service itself, over HTTP with JSON, and returns the status, 200 or
// 429 or another if it refuses to say, and the answer: a RateLimitRequest and a
// RateLimitResponse as protobuf writes them in JSON.
func (s *Stack) Ask(ctx context.Context, request string) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url("/json"), bytes.NewBufferString(request))
	if err != nil {
		return 0, "", err
	}
	response, err := s.client.Do(r)
	if err != nil {
		return 0, "", fmt.Errorf("ratelimittest: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
