package linkproxy

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
)

// A line is an exchange as it stands in a file.
type line struct {
	Exchange
	text []byte
}

// takes is the room that a line takes in a file: at least so much that no more than maxExchanges fit in.
func (l line) takes() int { return max(len(l.text)+1, maxFile/maxExchanges) }

// chosen are the lines of both files that stay when they turn, and their traces. Whole traces go, as half of one would
// tell of faults that nobody made; of a trace that alone takes a fair share, the middle does. Nothing that was recorded in
// clear lives longer by being chosen: of the former file it goes.
func (s *store) chosen() (text []byte, traces map[string]bool, err error) {
	former, _, _ := readExchanges(filepath.Join(s.dir, formerFile)) // what cannot be read is lost in any case
	current, _, err := readExchanges(filepath.Join(s.dir, currentFile))
	if err != nil {
		return nil, nil, err
	}
	former = slices.DeleteFunc(former, func(x Exchange) bool { return x.Full })
	exchanges := distinct(former, current)
	byTrace := map[string][]line{}
	for _, x := range exchanges {
		text, _ := json.Marshal(x) // what was read always can be written
		byTrace[x.Trace] = append(byTrace[x.Trace], line{x, text})
	}
	for id := range surplus(holdings(byTrace), maxFile) {
		delete(byTrace, id)
	}
	text, traces = inOrder(exchanges, byTrace)
	return text, traces, nil
}

// holdings says what each trace takes, and shortens those that take too much.
func holdings(byTrace map[string][]line) (held []holding) {
	for id, lines := range byTrace {
		h := holding{id: id, from: lines[0].From}
		for _, l := range lines {
			h.weight += l.takes()
			h.proven = h.proven || l.proven()
			if l.Began.After(h.last) {
				h.last = l.Began
			}
		}
		for len(lines) > maxRemembered || h.weight > maxFile/fairShare {
			middle := len(lines) / 2
			h.weight -= lines[middle].takes()
			lines = slices.Delete(lines, middle, middle+1)
		}
		byTrace[id] = lines
		held = append(held, h)
	}
	return held
}

// inOrder gives the lines that are left in the order of their exchanges.
func inOrder(exchanges []Exchange, byTrace map[string][]line) (text []byte, traces map[string]bool) {
	left := map[string][]byte{}
	traces = map[string]bool{}
	for id, lines := range byTrace {
		traces[id] = true
		for _, l := range lines {
			left[l.ID] = l.text
		}
	}
	var out bytes.Buffer
	for _, x := range exchanges {
		if text, ok := left[x.ID]; ok {
			out.Write(text)
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), traces
}

// proven reports whether an exchange shows that the OAuth server believed who asked: it gave a token, or a code that goes
// to Amazon.
func (x *Exchange) proven() bool {
	if x.Leg == LegToken {
		return x.gives()
	}
	if x.Facts.Back.get("code") == "" {
		return false
	}
	to, err := url.Parse(x.Facts.Back.To)
	return err == nil && amazons(to.Hostname())
}
