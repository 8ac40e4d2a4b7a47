package inspect

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

//go:embed templates/*.html static/*
var files embed.FS

// A Page is the inspector's: it is served at a private listener's "/", behind whatever password and host name that asks
// for. All that it shows comes from the fields, which must not change after the first request.
type Page struct {
	Recorder  *Recorder
	Status    func() ServiceStatus
	Simulator Simulator
	Posts     PostSource
	Linking   func() LinkSource // gives nil while account linking is off; nil: it always is
	Now       func() time.Time  // nil: time.Now

	once    sync.Once
	handler http.Handler
	pages   map[string]*template.Template
	talks   *lru.Cache[string, *talk]
}

// ServeHTTP answers.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.once.Do(p.prepare)
	p.handler.ServeHTTP(w, r)
}

func (p *Page) prepare() {
	if p.Now == nil {
		p.Now = time.Now
	}
	p.talks, _ = lru.New[string, *talk](maxTalks) // it fails for no size above 0
	p.pages = map[string]*template.Template{}
	layout := template.Must(template.New("layout.html").Funcs(p.words()).ParseFS(files, "templates/layout.html", "templates/parts.html"))
	for _, name := range []string{"status", "exchanges", "exchange", "ask", "posts", "post", "linking", "trace", "missing"} {
		p.pages[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, "templates/"+name+".html"))
	}
	static, _ := fs.Sub(files, "static") // it is there: the compiler has seen it
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.status)
	mux.HandleFunc("GET /exchanges", p.exchanges)
	mux.HandleFunc("GET /exchanges/{id}", p.exchange)
	mux.HandleFunc("GET /exchanges/{id}/har", p.exchangeHAR)
	mux.HandleFunc("GET /exchanges.har", p.exchangesHAR)
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("GET /ask", p.asked)
	mux.HandleFunc("POST /ask", p.ask)
	mux.HandleFunc("GET /posts", p.posts)
	mux.HandleFunc("GET /posts/{skill}", p.post)
	mux.HandleFunc("GET /linking", p.traces)
	mux.HandleFunc("GET /linking/{id}", p.trace)
	mux.HandleFunc("GET /linking/{id}/har", p.traceHAR)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { p.missing(w, "There is no such page.") })
	p.handler = guard(mux)
}

// show writes a page. It is made whole before anything is written, so that a fault is a status of its own.
func (p *Page) show(w http.ResponseWriter, status int, name string, content any) {
	var page bytes.Buffer
	sections := map[string]string{"exchange": "exchanges", "post": "posts", "trace": "linking"}
	view := struct {
		Section string
		Content any
	}{cmp.Or(sections[name], name), content}
	if err := p.pages[name].ExecuteTemplate(&page, "layout.html", view); err != nil {
		http.Error(w, "this page is broken: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

func (p *Page) missing(w http.ResponseWriter, why string) {
	p.show(w, http.StatusNotFound, "missing", why)
}

// fault says what another part of the service could not do. Only its operator sees this page.
func (p *Page) fault(w http.ResponseWriter, err error) {
	p.show(w, http.StatusInternalServerError, "missing", err.Error())
}

// withTime bounds what a page may take, so that its answer still arrives within the listener's limit.
func withTime(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), 5*time.Second)
}
