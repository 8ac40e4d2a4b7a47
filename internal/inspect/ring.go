package inspect

import (
	"cmp"
	"slices"

	"lastpost/internal/inspect/present"
)

// A ringBuffer holds records, oldest first, within its bounds.
type ringBuffer struct {
	maxRecords, maxBytes int
	records              []*Record
	bytes                int
}

// addRecord adds a record, and removes the oldest records beyond the bounds.
func (b *ringBuffer) addRecord(r *Record) {
	b.records = append(b.records, r)
	b.bytes += r.memorySize()
	removed := 0
	for len(b.records)-removed > b.maxRecords || b.bytes > b.maxBytes && removed < len(b.records)-1 {
		b.bytes -= b.records[removed].memorySize()
		removed++
	}
	b.records = slices.Delete(b.records, 0, removed)
}

// Records returns the stored records, newest first.
func (r *RequestRecorder) Records() []Record {
	r.initialize()
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make([]Record, 0, len(r.genuine.records)+len(r.refused.records))
	for _, buffer := range []*ringBuffer{&r.genuine, &r.refused} {
		for _, record := range buffer.records {
			r.checkAnswer(record)
			found = append(found, *record)
		}
	}
	slices.SortFunc(found, func(a, b Record) int { return cmp.Compare(b.ID, a.ID) })
	return found
}

// Record returns the record with this ID, or false if it is not stored.
func (r *RequestRecorder) Record(id uint64) (Record, bool) {
	for _, record := range r.Records() {
		if record.ID == id {
			return record, true
		}
	}
	return Record{}, false
}

// maxSpokenStart is the number of characters of an answer that the list of exchanges shows.
const maxSpokenStart = 140

// checkAnswer reads a response and checks it against Amazon's rules, once, when the record is first read.
func (r *RequestRecorder) checkAnswer(record *Record) {
	if record.answerChecked {
		return
	}
	record.answerChecked = true
	if record.Outcome() == "answered" {
		record.SpokenStart = present.Shorten(present.Spoken(record.Answer), maxSpokenStart)
	}
	if r.BrokenRules != nil && record.IsVerified() && record.Outcome() == "answered" {
		record.BrokenRules = r.BrokenRules(record.Request, record.Answer)
	}
}

// Calls returns the calls of a skill since the service started. If Alexa has not called since, Last is from an earlier
// run.
func (r *RequestRecorder) Calls(skill string) Calls {
	calls := r.skillCalls(skill)
	if calls.Last.IsZero() {
		calls.Last = r.EarlierCalls[skill]
	}
	return calls
}

// Dropped returns how many exchanges were dropped because the queue was full.
func (r *RequestRecorder) Dropped() uint64 { return r.queue.droppedCount() }

// maxWatchers limits the number of open pages.
const maxWatchers = 32

// Watch returns a channel that receives a value when an exchange was recorded or Notify was called. The channel closes
// when the recorder ends. Watch returns false if there are too many watchers or the recorder has ended. Otherwise the
// caller must call stop.
func (r *RequestRecorder) Watch() (changes <-chan struct{}, stop func(), ok bool) {
	r.initialize()
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

// Notify wakes all watchers. Other parts of the service call it when data that the page shows has changed.
func (r *RequestRecorder) Notify() {
	r.initialize()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notifyWatchers()
}

// notifyWatchers wakes all watchers. The caller holds r.mu.
func (r *RequestRecorder) notifyWatchers() {
	for watcher := range r.watchers {
		select {
		case watcher <- struct{}{}:
		default: // a wake-up is already pending
		}
	}
}

func (r *RequestRecorder) closeWatchers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	for watcher := range r.watchers {
		close(watcher)
	}
	clear(r.watchers)
}
