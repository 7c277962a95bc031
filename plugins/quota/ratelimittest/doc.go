//go:build !wasip1

// Package ratelimittest runs the real parts of a global rate limit on this
// machine for tests: Redis, the rate limit service of envoyproxy/ratelimit, and
// Envoys in front, each of which can be killed, paused and started again, with a
// network between Envoys and service that can be cut.
//
//	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
//	envoys := ratelimittest.Envoys(t, 3, ratelimittest.EnvoyConfig{
//		Service: s, Workers: 4, Filters: []any{ratelimittest.Wasm("quota", "dist/quota.wasm", configuration)},
//	})
//	answers, err := ratelimittest.Drive(ctx, ratelimittest.Load{Addresses: envoys.Addresses(), Requests: 1000, Request: request})
//	s.Redis.Kill()
//	s.Service.Pause()
//	s.Cut()
//
// Everything listens on the loopback interface or, where a test asks for a
// network namespace and may have one, inside that. Every process ends with the
// process that started it.
package ratelimittest
