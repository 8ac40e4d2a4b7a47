package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/redact"
)

// Bounds of what is kept, unless the Recorder says otherwise.
const (
	usualExchanges = 200
	usualBytes     = 4 << 20
)

// gathering is how long the recorder waits for more when something has come. A person hardly sees the difference, and under
// load it wakes once for many and masks no more than it keeps.
const gathering = 500 * time.Millisecond

// Bounds of what senders who are not Alexa can make the recorder do in one gathering.
const (
	maxStrangers    = 16       // that are looked at
	maxStrangerBody = 16 << 10 // bytes that are read of a body
)

// longestText is as much as is kept of an error, or of a complaint, which are sentences.
const longestText = 1000

// A Recorder keeps the last exchanges. Its zero value is ready; the fields must not change after the first use. What was
// refused has a shelf of its own, a third as large, so that nobody can push Alexa's requests out with his own.
type Recorder struct {
	Exchanges int // how many are kept; 0: 200
	Bytes     int // about how much memory they may take; 0: 4 MiB
	// BrokenRules names the rules of Amazon's that an answer breaks; nil: nobody knows them.
	BrokenRules func(request, answer []byte) []string
	// EarlierCalls is when Alexa last called each skill in an earlier run, as far as that is known.
	EarlierCalls map[string]time.Time

	once  sync.Once
	mask  *redact.AlexaMasker
	wake  chan struct{}
	queue queue
	tally

	mu        sync.Mutex
	last      uint64
	genuine   shelf
	strangers shelf
	ended     bool
	watchers  map[chan struct{}]bool
}

func (r *Recorder) prepare() {
	r.once.Do(func() {
		number, bytes := cmp.Or(r.Exchanges, usualExchanges), cmp.Or(r.Bytes, usualBytes)
		r.mask, r.wake, r.watchers = redact.NewAlexaMasker(), make(chan struct{}, 1), map[chan struct{}]bool{}
		r.genuine = shelf{most: number * 3 / 4, mostBytes: bytes * 3 / 4}
		r.strangers = shelf{most: number - r.genuine.most, mostBytes: bytes - r.genuine.mostBytes}
		r.queue.most, r.queue.mostBytes = r.genuine.most, r.genuine.mostBytes
		r.queue.mostStrangers = min(r.strangers.most, maxStrangers)
	})
}

// Observe takes an exchange to be recorded soon. It is on the way of requests: it waits for no recording, and takes less
// than a microsecond.
func (r *Recorder) Observe(x ObservedExchange) {
	r.prepare()
	r.count(&x)
	if !r.queue.put(&x) {
		return
	}
	select {
	case r.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run records until ctx ends, and then dismisses who watches. Call it once.
func (r *Recorder) Run(ctx context.Context) {
	r.prepare()
	defer r.end()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gathering):
		}
		r.record(r.queue.take())
	}
}

// record masks and keeps exchanges.
func (r *Recorder) record(batch []*ObservedExchange) {
	records := make([]*Record, 0, len(batch))
	for _, x := range batch {
		records = append(records, r.masked(x))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, kept := range records {
		r.last++
		kept.ID = r.last
		r.join(kept)
		if believed(kept.Type, kept.Rule) {
			r.genuine.add(kept)
		} else {
			r.strangers.add(kept)
		}
	}
	r.tell()
}

// masked gives an exchange as it is kept: nothing of it shares memory with what was sent. Strangers have written what is
// read here. Should there be a fault in that, it costs the exchange, and not the service, whose job is another.
func (r *Recorder) masked(x *ObservedExchange) (kept *Record) {
	kept = &Record{
		Skill: x.Skill, Test: x.Test, Began: x.Began, Status: x.Status, Rule: x.Rule, Took: x.took(),
		RequestSize: len(x.Body), AnswerSize: len(x.Answer),
		Type: x.Request.Type, Intent: x.Request.Intent.Name, Locale: x.Request.Locale, RequestID: x.Request.RequestID,
		Reason: x.Request.Reason, Cause: x.Request.Cause.RequestID,
		Stages: []Stage{
			{"read", x.Read}, {"verify", x.Verify}, {"decode", x.Decode}, {"handle", x.Handle}, {"encode", x.Encode}, {"write", x.Write},
		},
	}
	defer func() {
		if fault := recover(); fault != nil {
			kept.Stated = fmt.Sprintf("what is missing here could not be read, by a fault of this program's: %v", fault)
		}
	}()
	kept.Header = r.mask.MaskHeader(x.Header)
	kept.Grievance = alexa.Error{Type: x.Request.Error.Type, Message: r.mask.MaskText(redact.Truncate(x.Request.Error.Message, longestText))}
	if x.Err != nil {
		kept.Error = r.mask.MaskText(redact.Truncate(x.Err.Error(), longestText))
	}
	for name, slot := range x.Request.Intent.Slots {
		if value := x.Request.Intent.Slot(name); value != "" {
			kept.Slots = append(kept.Slots, Slot{slot.Name, r.mask.MaskText(value)})
		}
	}
	slices.SortFunc(kept.Slots, func(a, b Slot) int { return cmp.Compare(a.Name, b.Name) })
	r.maskBodies(kept, x)
	return kept
}

func (r *Recorder) maskBodies(kept *Record, x *ObservedExchange) {
	kept.Answer = r.mask.MaskJSON(x.Answer)
	switch {
	case kept.Verified(): // it was decoded, and is valid JSON
	case len(x.Body) == 0:
		kept.Stated = "There was no body, or it was not read to its end"
		return
	case len(x.Body) > maxStrangerBody:
		kept.Stated = fmt.Sprintf("%d bytes of somebody who is not Alexa: too much to be kept", len(x.Body))
		return
	case !json.Valid(x.Body):
		kept.Stated = fmt.Sprintf("%d bytes that are no JSON, and may be anything: they are not kept", len(x.Body))
		return
	}
	kept.Request = r.mask.MaskJSON(x.Body)
}

// maxComplaints bounds what is kept of them with one answer. Amazon has one to make, or two.
const maxComplaints = 5

// join finds the answer that Amazon complains about: the one to the request that she names, else the last one of the
// same session. A complaint that somebody plays again, or that is about another skill, is about none.
func (r *Recorder) join(kept *Record) {
	if kept.Grievance == (alexa.Error{}) || kept.Type == "AudioPlayer.PlaybackFailed" || !believed(kept.Type, kept.Rule) {
		return // what an episode's server did wrong is in no answer
	}
	session := sessionOf(kept.Request)
	for _, earlier := range slices.Backward(r.genuine.records) {
		same := kept.Cause != "" && earlier.RequestID == kept.Cause ||
			kept.Cause == "" && session != "" && earlier.Grievance == (alexa.Error{}) && earlier.of(session)
		if !same {
			continue
		}
		kept.About = earlier.ID
		if len(earlier.Complaints) < maxComplaints {
			earlier.Complaints = append(earlier.Complaints, Complaint{kept.ID, kept.Grievance.Type, kept.Grievance.Message})
		}
		return
	}
}
