package feedtest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// siteView is a snapshot of the blog for one request. So rendering a response does not need the lock.
type siteView struct {
	p             *Publisher // for the exported fields
	base          string     // scheme and host of the request
	posts         []post
	modified      time.Time
	defect        Defect
	requestNumber int
}

// injectedFailure holds the arguments of FailNext.
type injectedFailure struct {
	status int
	header http.Header
	left   int
}

// ServeHTTP implements http.Handler.
func (p *Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, entered, fail, delay := p.beginRequest(r)
	m := &countingWriter{ResponseWriter: w, discardBody: r.Method == http.MethodHead}
	defer func() { p.endRequest(entered, m) }()
	if delay > 0 && !sleepOrDone(r, delay) {
		return
	}
	switch {
	case fail.status != 0:
		fail.writeResponse(m)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		m.Header().Set("Allow", "GET, HEAD")
		http.Error(m, "method not allowed: use GET or HEAD", http.StatusMethodNotAllowed)
	default:
		v.sendDocument(m, r, v.findDocument(r))
	}
}

// beginRequest records a request and returns a snapshot of the blog.
func (p *Publisher) beginRequest(r *http.Request) (*siteView, *ReceivedRequest, injectedFailure, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	at := time.Now()
	if p.Now != nil {
		at = p.Now()
	}
	entered := &ReceivedRequest{Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery, Header: r.Header.Clone(), At: at}
	p.requests = append(p.requests, entered)
	p.requestCount++
	v := &siteView{
		p: p, base: requestBaseURL(r), posts: p.posts, modified: p.modified,
		defect: p.currentDefect, requestNumber: p.requestCount,
	}
	if v.defect == EmptyFeed {
		v.posts = nil
	}
	fail := injectedFailure{}
	if p.pendingFailure.left > 0 {
		p.pendingFailure.left--
		fail = p.pendingFailure
	}
	return v, entered, fail, p.delay
}

func (p *Publisher) endRequest(entered *ReceivedRequest, m *countingWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entered.Status, entered.HeaderBytes, entered.BodyBytes = m.status, m.header, m.body
}

// requestBaseURL returns the scheme and host of a request, from a server or from a RoundTripper.
func requestBaseURL(r *http.Request) string {
	scheme := cmp.Or(r.URL.Scheme, "http")
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(r.Host, r.URL.Host)
}

// sleepOrDone waits for d. It returns false at once if the request is canceled.
func sleepOrDone(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (f injectedFailure) writeResponse(w http.ResponseWriter) {
	text := strconv.Itoa(f.status) + " " + http.StatusText(f.status)
	w.Header().Set("Content-Type", "text/html")
	maps.Copy(w.Header(), f.header)
	w.WriteHeader(f.status)
	if f.status != http.StatusNoContent && f.status != http.StatusNotModified {
		_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n"+
			"</html>\r\n", text, text)
	}
}

// countingWriter counts the bytes of a response. It discards the body of a HEAD request.
type countingWriter struct {
	http.ResponseWriter
	discardBody          bool
	status, header, body int
}

// WriteHeader implements http.ResponseWriter.
func (m *countingWriter) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
		m.header = len("HTTP/1.1 200 \r\n\r\n") + len(http.StatusText(status)) + len("Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n")
		for name, values := range m.Header() {
			for _, value := range values {
				m.header += len(name) + len(": ") + len(value) + len("\r\n")
			}
		}
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (m *countingWriter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.WriteHeader(http.StatusOK)
	}
	if m.discardBody {
		return len(b), nil
	}
	n, err := m.ResponseWriter.Write(b)
	m.body += n
	return n, err
}

// Unwrap lets http.ResponseController access the wrapped writer.
func (m *countingWriter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
