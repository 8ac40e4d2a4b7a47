package inspect

import (
	"cmp"
	"slices"
)

// A shelf holds records, the oldest first, within its bounds.
type shelf struct {
	most, mostBytes int
	records         []*Record
	bytes           int
}

// add puts a record on the shelf, and takes off as many of the oldest as it takes.
func (s *shelf) add(r *Record) {
	s.records = append(s.records, r)
	s.bytes += r.size()
	gone := 0
	for len(s.records)-gone > s.most || s.bytes > s.mostBytes && gone < len(s.records)-1 {
		s.bytes -= s.records[gone].size()
		gone++
	}
	s.records = slices.Delete(s.records, 0, gone)
}

// Records gives what is kept, the newest first.
func (r *Recorder) Records() []Record {
	r.prepare()
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make([]Record, 0, len(r.genuine.records)+len(r.strangers.records))
	for _, shelf := range []*shelf{&r.genuine, &r.strangers} {
		for _, record := range shelf.records {
			r.examine(record)
			found = append(found, *record)
		}
	}
	slices.SortFunc(found, func(a, b Record) int { return cmp.Compare(b.ID, a.ID) })
	return found
}

// Record gives one exchange; false where it is not kept any more.
func (r *Recorder) Record(id uint64) (Record, bool) {
	for _, record := range r.Records() {
		if record.ID == id {
			return record, true
		}
	}
	return Record{}, false
}

// examine holds an answer to Amazon's rules, once: when somebody looks.
func (r *Recorder) examine(record *Record) {
	if record.examined {
		return
	}
	record.examined = true
	if r.BrokenRules != nil && record.Verified() && record.Outcome() == "answered" {
		record.Broken = r.BrokenRules(record.Request, record.Answer)
	}
}

// Calls gives what is known of a skill's callers since the service started, and when Alexa last called also from before.
func (r *Recorder) Calls(skill string) Calls {
	calls := r.calls(skill)
	if calls.Last.IsZero() {
		calls.Last = r.EarlierCalls[skill]
	}
	return calls
}

// Dropped is how many exchanges were pushed out by newer ones before anybody could have seen them.
func (r *Recorder) Dropped() uint64 { return r.queue.lost() }

// maxWatchers bounds the pages that may be open at a time.
const maxWatchers = 32

// Watch gives a channel that tells when something was recorded, and closes when the recorder ends. false: too many
// watch already, or it has ended. Who watches calls stop in the end.
func (r *Recorder) Watch() (news <-chan struct{}, stop func(), ok bool) {
	r.prepare()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || len(r.watchers) >= maxWatchers {
		return nil, nil, false
	}
	watcher := make(chan struct{}, 1)
	r.watchers[watcher] = true
	return watcher, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, watcher)
	}, true
}

// Notify tells those who watch that there is news, which another than the recorder has kept.
func (r *Recorder) Notify() {
	r.prepare()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell()
}

// tell is called with the lock held.
func (r *Recorder) tell() {
	for watcher := range r.watchers {
		select {
		case watcher <- struct{}{}:
		default: // it has not looked yet
		}
	}
}

func (r *Recorder) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	for watcher := range r.watchers {
		close(watcher)
	}
	clear(r.watchers)
}
