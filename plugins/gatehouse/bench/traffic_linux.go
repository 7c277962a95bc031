package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"gatehouse/harness/envoy/load"
)

// upstream is what Envoys stand before.
type upstream struct {
	listener net.Listener
	server   *http.Server
}

// startUpstream answers everything with a document that redact rewrites.
func startUpstream() (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{listener: listener}
	u.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":17,"state":"paid","card":"4111111111111111","customer":{"name":"A. Example","email":"a.example@example.com"},"lines":[{"sku":"A-1","count":2}]}`)
	})}
	go u.server.Serve(listener) // ends with close
	return u, nil
}

func (u *upstream) address() string { return u.listener.Addr().String() }

func (u *upstream) close() { u.server.Close() }

// traffic are the requests of a client that is let through: reading, and writing a body
// that the waf looks into.
func traffic() []load.Request {
	now := time.Now().Unix()
	token := provider.Token(fmt.Sprintf(`{"iss":"https://idp.example.com","aud":["orders-api"],"exp":%d,"iat":%d,"sub":"auth0|5b6c0f2e7d0f4a4300000001",`+
		`"client_id":"shop","scope":"orders:read orders:write profile"}`, now+3600, now-1))
	head := " HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\naccept: application/json\r\nauthorization: Bearer " + token + "\r\n"
	const body = `{"lines":[{"sku":"A-1","count":2},{"sku":"B-7","count":1}],"note":"leave it at the door, please"}`
	return []load.Request{
		load.Request("GET /orders/17?fields=id,state&page=2" + head + "\r\n"),
		load.Request("POST /orders" + head + fmt.Sprintf("content-type: application/json\r\ncontent-length: %d\r\n\r\n%s", len(body), body)),
	}
}
