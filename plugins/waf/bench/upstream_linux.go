package main

import (
	"io"
	"net"
	"net/http"
	"time"
)

// upstream is what the proxies stand before: it reads the body and answers 200.
type upstream struct {
	listener net.Listener
	server   *http.Server
}

func startUpstream() (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{listener: listener, server: &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
			// Responses of this type are no business of the rules that look into bodies.
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"ok":true}`)
		}),
		ReadHeaderTimeout: time.Minute,
	}}
	go u.server.Serve(listener) // ends with close
	return u, nil
}

func (u *upstream) address() string { return u.listener.Addr().String() }

func (u *upstream) close() { u.server.Close() }
