package inspect

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Times of an event stream.
const (
	keepAliveInterval = 15 * time.Second       // between comments that keep the connection open
	eventWriteTimeout = 5 * time.Second        // for the browser to read one event
	maxStreamDuration = 30 * time.Minute       // the browser reconnects if the page is still open
	minEventInterval  = 300 * time.Millisecond // between two events, so that a busy service does not make the page flicker
)

// streamEvents sends an event to the browser when an exchange was recorded. The event does not contain the exchange. The
// page loads the changed list when it receives the event.
func (p *Page) streamEvents(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "cross-site requests are not allowed", http.StatusForbidden) // another page could use up all streams
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		http.Error(w, "the request must have Accept: text/event-stream",
			http.StatusNotAcceptable)
		return
	}
	changes, stop, ok := p.Recorder.Watch()
	if !ok {
		http.Error(w, "too many open pages, or the service is stopping", http.StatusServiceUnavailable)
		return
	}
	defer stop()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the listener's deadline is for short requests
	w.Header().Set("Content-Type", "text/event-stream")
	sendEvent := func(event string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(eventWriteTimeout))
		_, err := fmt.Fprintf(w, "%s\n\n", event)
		return err == nil && control.Flush() == nil
	}
	end, alive := time.NewTimer(maxStreamDuration), time.NewTicker(keepAliveInterval)
	defer end.Stop()
	defer alive.Stop()
	for connected := sendEvent("retry: 2000"); connected; {
		select {
		case <-r.Context().Done():
			return
		case <-end.C:
			return
		case <-alive.C:
			connected = sendEvent(": alive")
		case _, open := <-changes:
			connected = open && sendEvent("data: update")
			time.Sleep(minEventInterval)
		}
	}
}
