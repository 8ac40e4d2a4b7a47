package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect/present"
	"lastpost/internal/redact"
)

// Default bounds of a Recorder.
const (
	defaultExchanges = 200
	defaultBytes     = 4 << 20
)

// batchInterval is how long the recorder collects exchanges before it stores them. A person hardly notices the delay.
// Under load, the recorder wakes once for many exchanges. It need not mask exchanges that newer ones in the queue replace.
const batchInterval = 500 * time.Millisecond

// Bounds of the work that unverified senders can cause in one batch.
const (
	maxRefusedPerBatch = 16       // exchanges
	maxRefusedBody     = 16 << 10 // bytes of a body
)

// maxTextLength limits stored error messages, in bytes.
const maxTextLength = 1000

// maxMaskedText limits the texts that are masked, in bytes. Amazon's requests are not longer.
const maxMaskedText = 64 << 10

// A RequestRecorder stores recent exchanges. Its zero value is ready. The fields must not change after the first use. Refused
// exchanges have a separate ring buffer, a third of the size, so that a flood of forged requests cannot displace
// Alexa's.
type RequestRecorder struct {
	Exchanges int // maximum number of stored exchanges; 0: 200
	Bytes     int // approximate memory limit; 0: 4 MiB
	// BrokenRules returns Amazon's rules that a response breaks; nil: responses are not checked.
	BrokenRules func(request, answer []byte) []string
	// EarlierCalls is the time of Alexa's last call in an earlier run, by skill.
	EarlierCalls map[string]time.Time

	once  sync.Once
	mask  *redact.AlexaMasker
	wake  chan struct{}
	queue exchangeQueue
	callCounters

	mu       sync.Mutex
	lastID   uint64
	genuine  ringBuffer
	refused  ringBuffer
	ended    bool
	watchers map[chan struct{}]bool
}

func (r *RequestRecorder) initialize() {
	r.once.Do(func() {
		number, bytes := cmp.Or(r.Exchanges, defaultExchanges), cmp.Or(r.Bytes, defaultBytes)
		r.mask, r.wake, r.watchers = redact.NewAlexaMasker(), make(chan struct{}, 1), map[chan struct{}]bool{}
		r.genuine = ringBuffer{maxRecords: number * 3 / 4, maxBytes: bytes * 3 / 4}
		r.refused = ringBuffer{maxRecords: number - r.genuine.maxRecords, maxBytes: bytes - r.genuine.maxBytes}
		r.queue.maxItems, r.queue.maxBytes = r.genuine.maxRecords, r.genuine.maxBytes
		r.queue.maxRefused = min(r.refused.maxRecords, maxRefusedPerBatch)
	})
}

// Observe queues an exchange for recording. It never waits for the recorder and takes less than a microsecond, because
// requests wait for it.
func (r *RequestRecorder) Observe(x ObservedExchange) {
	r.initialize()
	r.countExchange(&x)
	if !r.queue.enqueue(&x) {
		return
	}
	select {
	case r.wake <- struct{}{}:
	default: // already awake
	}
}

// Run records exchanges until ctx ends. Then it closes the channels of all watchers. Call it once.
func (r *RequestRecorder) Run(ctx context.Context) {
	r.initialize()
	defer r.closeWatchers()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(batchInterval):
		}
		r.storeBatch(r.queue.takeAll())
	}
}

// storeBatch masks and stores exchanges.
func (r *RequestRecorder) storeBatch(batch []*ObservedExchange) {
	records := make([]*Record, 0, len(batch))
	for _, x := range batch {
		records = append(records, r.maskExchange(x))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range records {
		r.lastID++
		record.ID = r.lastID
		r.attachComplaint(record)
		if passedEveryCheck(record.Type, record.Rule) {
			r.genuine.addRecord(record)
		} else {
			r.refused.addRecord(record)
		}
	}
	r.notifyWatchers()
}

// maskExchange returns the masked record of an exchange. The record shares no memory with the request. The input is
// written by attackers, so a panic here is recovered: it costs one record, not the service.
func (r *RequestRecorder) maskExchange(x *ObservedExchange) (record *Record) {
	record = &Record{
		Skill: x.Skill, Test: x.Test, Began: x.Began, Status: x.Status, Rule: x.Rule, Took: x.totalDuration(),
		RequestSize: len(x.Body), AnswerSize: len(x.Answer),
		Type: x.Request.Type, Intent: x.Request.Intent.Name, Locale: x.Request.Locale, RequestID: x.Request.RequestID,
		Reason: x.Request.Reason, FailedRequestID: x.Request.Cause.RequestID,
		Stages: []RequestStage{
			{"read", x.Read}, {"verify", x.Verify}, {"decode", x.Decode}, {"handle", x.Handle}, {"encode", x.Encode}, {"write", x.Write},
		},
	}
	defer func() {
		if fault := recover(); fault != nil {
			record.MissingReason = fmt.Sprintf("The rest is missing because of an internal error: %v", fault)
		}
	}()
	record.Header = r.mask.MaskHeader(x.Header)
	reported := x.Request.Error
	if len(x.Request.Errors) > 0 { // of a screen
		first := x.Request.Errors[0]
		reported = alexa.Error{Type: strings.TrimSpace(first.Type + " " + first.Reason), Message: first.Message}
	}
	record.AmazonError = alexa.Error{Type: r.maskText(reported.Type), Message: r.maskText(reported.Message)}
	if x.Err != nil {
		record.Error = r.maskText(x.Err.Error())
	}
	for name, slot := range x.Request.Intent.Slots {
		if value := x.Request.Intent.Slot(name); value != "" {
			record.Slots = append(record.Slots, present.SlotValue{Name: slot.Name, Value: r.mask.MaskText(value)})
		}
	}
	slices.SortFunc(record.Slots, func(a, b present.SlotValue) int { return cmp.Compare(a.Name, b.Name) })
	r.maskBodies(record, x)
	return record
}

// maskText masks a text and then shortens it. A secret that is cut off first may not be recognized.
func (r *RequestRecorder) maskText(text string) string {
	return redact.Truncate(r.mask.MaskText(redact.Truncate(text, maxMaskedText)), maxTextLength)
}

func (r *RequestRecorder) maskBodies(record *Record, x *ObservedExchange) {
	record.Answer = r.mask.MaskJSON(x.Answer)
	switch {
	case record.IsVerified(): // it was decoded, so it is valid JSON
	case len(x.Body) == 0:
		record.MissingReason = "The body is empty or incomplete."
		return
	case len(x.Body) > maxRefusedBody:
		record.MissingReason = fmt.Sprintf("The body is not stored: %d bytes from an unverified sender are too many.", len(x.Body))
		return
	case !json.Valid(x.Body):
		record.MissingReason = fmt.Sprintf("The body is not stored: %d bytes that are not JSON and may contain secrets.", len(x.Body))
		return
	}
	record.Request = r.mask.MaskJSON(x.Body)
}

// maxComplaints limits the stored error reports for one response. Amazon sends one or two.
const maxComplaints = 5

// attachComplaint finds the response that Amazon's error report is about: the response to the request that the report
// names, or else the last one of the same session. It ignores reports in requests that did not pass every check, so
// that a replayed report cannot mark a response.
func (r *RequestRecorder) attachComplaint(record *Record) {
	if record.AmazonError == (alexa.Error{}) || record.Type == "AudioPlayer.PlaybackFailed" || !passedEveryCheck(record.Type, record.Rule) {
		return // playback errors come from the audio server, not from a response
	}
	session := sessionID(record.Request)
	for _, earlier := range slices.Backward(r.genuine.records) {
		same := record.FailedRequestID != "" && earlier.RequestID == record.FailedRequestID ||
			record.FailedRequestID == "" && session != "" && earlier.AmazonError == (alexa.Error{}) && earlier.belongsToSession(session)
		if !same {
			continue
		}
		record.ComplaintTarget = earlier.ID
		if len(earlier.Complaints) < maxComplaints {
			earlier.Complaints = append(earlier.Complaints, Complaint{record.ID, record.AmazonError.Type, record.AmazonError.Message})
		}
		return
	}
}
