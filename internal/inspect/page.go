package inspect

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"lastpost/docs"
	"lastpost/internal/manual"
)

//go:embed templates/*.html static/*
var files embed.FS

// A Page serves the inspector at "/" of the private listener. It does not check the password and the host name, because
// the listener does. Its fields must not change after the first request.
type Page struct {
	Recorder  *RequestRecorder
	Status    func() ServiceStatus
	Simulator Simulator
	Posts     PostSource
	Linking   func() LinkSource // returns nil while account linking is off; nil: always off
	Now       func() time.Time  // nil: time.Now

	once          sync.Once
	handler       http.Handler
	templates     map[string]*template.Template
	conversations *lru.Cache[string, *storedConversation]
	manual        *manual.Manual
}

// ServeHTTP serves all pages of the inspector.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.once.Do(p.buildHandler)
	p.handler.ServeHTTP(w, r)
}

func (p *Page) buildHandler() {
	if p.Now == nil {
		p.Now = time.Now
	}
	p.conversations, _ = lru.New[string, *storedConversation](maxConversations) // fails only for a size below 1
	p.manual = &manual.Manual{Files: docs.Pages, Path: manualPath}
	p.templates = map[string]*template.Template{}
	layout := template.Must(template.New("layout.html").Funcs(p.templateFuncs()).
		ParseFS(files, "templates/layout.html", "templates/parts.html"))
	for _, name := range []string{"status", "exchanges", "exchange", "ask", "posts", "post", "linking", "trace", "manual", "error"} {
		p.templates[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, "templates/"+name+".html"))
	}
	static, _ := fs.Sub(files, "static") // embedded, so it exists
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.showStatus)
	mux.HandleFunc("GET /exchanges", p.listExchanges)
	mux.HandleFunc("GET /exchanges/{id}", p.showExchange)
	mux.HandleFunc("GET /exchanges/{id}/har", p.downloadExchange)
	mux.HandleFunc("GET /exchanges.har", p.downloadExchanges)
	mux.HandleFunc("GET /events", p.streamEvents)
	mux.HandleFunc("GET /ask", p.showAskPage)
	mux.HandleFunc("POST /ask", p.submitUtterance)
	mux.HandleFunc("GET /posts", p.listPosts)
	mux.HandleFunc("GET /posts/{skill}", p.showPost)
	mux.HandleFunc("GET /linking", p.listTraces)
	mux.HandleFunc("GET /linking/{id}", p.showTrace)
	mux.HandleFunc("GET /linking/{id}/har", p.downloadTrace)
	mux.HandleFunc("GET /manual", p.showManual)
	mux.HandleFunc("GET /manual/{chapter}", p.showManual)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { p.showNotFound(w, "Page not found.") })
	p.handler = withSecurityHeaders(mux)
}

// renderPage writes a page. It renders the whole page before it writes anything, so that a template error becomes a
// status 500.
func (p *Page) renderPage(w http.ResponseWriter, status int, name string, content any) {
	var page bytes.Buffer
	sections := map[string]string{"exchange": "exchanges", "post": "posts", "trace": "linking"}
	view := struct {
		Section, Zones string
		Content        any
	}{cmp.Or(sections[name], name), p.Status().zoneNames(p.Now()), content}
	if err := p.templates[name].ExecuteTemplate(&page, "layout.html", view); err != nil {
		http.Error(w, "render page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

func (p *Page) showNotFound(w http.ResponseWriter, why string) {
	p.renderPage(w, http.StatusNotFound, "error", why)
}

// showError shows an internal error in full, because only the operator sees this page.
func (p *Page) showError(w http.ResponseWriter, err error) {
	p.renderPage(w, http.StatusInternalServerError, "error", err.Error())
}

// manualPath is the path of the manual's chapters.
const manualPath = "/manual/"

func (p *Page) showManual(w http.ResponseWriter, r *http.Request) {
	chapter, ok, err := p.manual.Chapter(cmp.Or(r.PathValue("chapter"), manual.Start))
	switch {
	case err != nil:
		p.showError(w, err)
	case !ok:
		p.showNotFound(w, "The manual does not have this chapter.")
	default:
		p.renderPage(w, http.StatusOK, "manual", chapter)
	}
}

// manualRow returns the address of the row about a term in a chapter of the manual, or "" if there is none.
func (p *Page) manualRow(chapter, term string) string {
	id := manual.RowID(term)
	found, _, _ := p.manual.Chapter(chapter)
	if !strings.Contains(string(found.HTML), ` id="`+id+`"`) { // quotes in a term are not in an id
		return ""
	}
	return manualPath + chapter + "#" + id
}

// withPageTimeout limits the work for a page, so that the response is sent before the listener's write timeout.
func withPageTimeout(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), 5*time.Second)
}
