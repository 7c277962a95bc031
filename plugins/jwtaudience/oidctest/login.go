//go:build !wasip1

package oidctest

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"time"
)

// loginPath is where the provider's login page is, sessionCookie what a browser
// has afterwards that need not log in again.
const (
	loginPath     = "/login"
	sessionCookie = "idp_session"
)

var loginPage = template.Must(template.New("login").Parse(`<!DOCTYPE html>
<title>Log in</title>
<form method="post" action="` + loginPath + `">
<input type="hidden" name="id" value="{{.ID}}">
<label>Name <input id="name" name="name" autofocus></label>
<label>Password <input id="password" name="password" type="password"></label>
<button id="login">Log in</button>
<p id="fault">{{.Fault}}</p>
</form>
`))

// login shows the login page, or goes on at once for a browser that has a
// session.
func (p *Provider) login(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	page := struct{ ID, Fault string }{ID: id}
	s := p.storage
	if r.Method == http.MethodPost {
		name := r.PostFormValue("name")
		s.mu.Lock()
		password, ok := s.users[name]
		s.mu.Unlock()
		if ok && password == r.PostFormValue("password") {
			cookie := rand.Text()
			now := time.Now()
			s.mu.Lock()
			s.sessions[cookie] = session{name, now}
			s.mu.Unlock()
			http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
			p.finish(w, r, id, session{name, now})
			return
		}
		page.Fault = "wrong name or password"
	} else if cookie, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		found, ok := s.sessions[cookie.Value]
		s.mu.Unlock()
		if ok {
			p.finish(w, r, id, found)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if page.Fault != "" {
		w.WriteHeader(http.StatusUnauthorized)
	}
	loginPage.Execute(w, page)
}

// finish sends the browser back to where package op makes the code.
func (p *Provider) finish(w http.ResponseWriter, r *http.Request, id string, who session) {
	s := p.storage
	s.mu.Lock()
	request, ok := s.requests[id]
	if ok {
		request.subject, request.authTime, request.done = who.user, who.since, true
	}
	s.mu.Unlock()
	if !ok {
		http.Error(w, "this login is over", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/authorize/callback?id="+url.QueryEscape(id), http.StatusFound)
}
