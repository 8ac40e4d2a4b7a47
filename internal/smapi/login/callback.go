package login

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultPort     = 9090
	returnPath      = "/cb"
	loopback        = "127.0.0.1"
	maxHeaderSize   = 16 << 10
	headerTimeout   = 5 * time.Second
	shutdownTimeout = time.Second
)

// A callback is the server of the return URL. It listens on the loopback address only, and takes one answer.
type callback struct {
	state    string
	host     string // of the return URL
	replies  chan reply
	problems chan string
	answered atomic.Bool

	server  *http.Server
	serving sync.WaitGroup
}

// startCallback listens on the port.
func startCallback(ctx context.Context, port int, state string) (*callback, error) {
	host := net.JoinHostPort(loopback, strconv.Itoa(port))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", host)
	if err != nil {
		return nil, err
	}
	c := &callback{state: state, host: host, replies: make(chan reply, 1), problems: make(chan string, 1)}
	c.server = &http.Server{
		Handler: c, ReadTimeout: headerTimeout, WriteTimeout: headerTimeout, IdleTimeout: headerTimeout,
		MaxHeaderBytes: maxHeaderSize, ErrorLog: log.New(io.Discard, "", 0),
	}
	c.server.SetKeepAlivesEnabled(false)
	c.serving.Go(func() { _ = c.server.Serve(listener) })
	return c, nil
}

// close stops the server. The page of the accepted answer is sent before.
func (c *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := c.server.Shutdown(ctx); err != nil {
		_ = c.server.Close() // a connection that sends nothing
	}
	c.serving.Wait()
}

// ServeHTTP answers the browser.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Referrer-Policy", "no-referrer") // the address has the code
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Host != c.host || r.URL.Path != returnPath: // another name for 127.0.0.1 is DNS rebinding
		showPage(w, http.StatusNotFound, "Not found.")
	case r.Method != http.MethodGet:
		header.Set("Allow", http.MethodGet)
		showPage(w, http.StatusMethodNotAllowed, "Method not allowed: use GET.")
	default:
		c.takeReply(w, r)
	}
}

func (c *callback) takeReply(w http.ResponseWriter, r *http.Request) {
	got := readReply(r.URL.Query(), c.state)
	switch {
	case got.problem != "":
		showPage(w, http.StatusBadRequest, got.problem)
		select {
		case c.problems <- got.problem:
		default: // the operator already gets one
		}
	case !c.answered.CompareAndSwap(false, true):
		showPage(w, http.StatusConflict, "This sign-in already has its answer. Look at the terminal.")
	case got.refused != nil:
		showPage(w, http.StatusOK, "Amazon did not sign you in. The terminal shows the reason.")
		c.replies <- got
	default:
		showPage(w, http.StatusOK, "Amazon's answer has arrived. You can close this page. The terminal shows the result.")
		c.replies <- got
	}
}

func showPage(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>Lastpost</title><p>%s</p></html>\n", html.EscapeString(text))
}

// describeListenError says why the command cannot wait at the return URL.
func describeListenError(err error) string {
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		err = operation.Err
	}
	return err.Error()
}
