package inspect

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Times of a stream of events.
const (
	breath    = 15 * time.Second       // between signs of life
	patience  = 5 * time.Second        // for the browser to take one
	streamFor = 30 * time.Minute       // then the browser asks again, if anybody still looks
	steady    = 300 * time.Millisecond // at least between two news: a busy service is no reason to flicker
)

// events tells the page that something was recorded. What, it asks for itself: there is one place that makes the list.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "another page asks for this", http.StatusForbidden) // its streams would leave ours no place
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		http.Error(w, "ask with Accept: text/event-stream, by which the listener knows what has no end of its own",
			http.StatusNotAcceptable)
		return
	}
	news, stop, ok := p.Recorder.Watch()
	if !ok {
		http.Error(w, "too many pages are open, or the service is ending", http.StatusServiceUnavailable)
		return
	}
	defer stop()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the listener's is for requests; where there is none to set, none is set
	w.Header().Set("Content-Type", "text/event-stream")
	tell := func(event string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(patience))
		_, err := fmt.Fprintf(w, "%s\n\n", event)
		return err == nil && control.Flush() == nil
	}
	end, alive := time.NewTimer(streamFor), time.NewTicker(breath)
	defer end.Stop()
	defer alive.Stop()
	for going := tell("retry: 2000"); going; {
		select {
		case <-r.Context().Done():
			return
		case <-end.C:
			return
		case <-alive.C:
			going = tell(": alive")
		case _, open := <-news:
			going = open && tell("data: news")
			time.Sleep(steady)
		}
	}
}
