package trace

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"lastpost/internal/linkproxy/issued"
	"lastpost/internal/redact"
)

// A Recorder stores exchanges in the background. It masks secrets, groups exchanges into traces, and reports changed
// traces. If its queue is full, it drops exchanges and logs their number.
type Recorder struct {
	now func() time.Time
	log *slog.Logger
	dir string

	onChange  func(Trace) error
	onUnknown func(Exchange)
	partial   bool

	mu            sync.Mutex // guards the four fields below
	fullPeriod    time.Duration
	fullStart     time.Time // start of full recording
	fullWarned    time.Time // time of the last warning about full recording
	fullEndLogged bool      // whether the end of full recording was logged

	queue   *queue
	cancel  context.CancelFunc
	running sync.WaitGroup

	// Only the goroutine that processes the queue uses the fields below.
	mask    masker
	store   *store
	joiner  *joiner
	issued  *issued.Set
	vouched map[[3]string]bool // clients whose secret the OAuth server accepted
	lines   LinesPerMinute     // nil: no limit
	failing bool               // the last write failed
}

// RecorderOptions configure a Recorder.
type RecorderOptions struct {
	FullPeriod time.Duration // how long to record secrets in clear text; 0: always masked
	Now        func() time.Time
	Log        *slog.Logger

	// OnChange receives each trace that exists when the Recorder starts, and each changed trace. Every ten seconds it
	// also receives each trace whose last request is less than an hour old, because a missing request becomes a fault
	// only after a time. The calls do not overlap. Nil discards the traces.
	OnChange func(Trace) error

	// OnUnknown receives each token request with a code or refresh token that was never issued here. Nil discards them.
	OnUnknown func(Exchange)

	// Lines limits the log lines about requests, because a stranger can cause any number of them. Nil means no limit.
	Lines LinesPerMinute

	// Replicas means that other processes may record other requests of an attempt.
	Replicas bool
}

// A LinesPerMinute limits log lines in a minute. Allow reports whether another line may be written. TakeOmitted returns how many
// were not, once the minute is over.
type LinesPerMinute interface {
	Allow(now time.Time) bool
	TakeOmitted(now time.Time) int
}

// OpenRecorder starts a Recorder that writes to dir until Close. Only one Recorder may use dir at a time.
func OpenRecorder(dir string, o RecorderOptions) (*Recorder, error) {
	r := &Recorder{now: o.Now, log: o.Log, dir: dir, onChange: o.OnChange, onUnknown: o.OnUnknown, partial: o.Replicas, lines: o.Lines,
		queue: newQueue()}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.onChange == nil {
		r.onChange = func(Trace) error { return nil }
	}
	if r.onUnknown == nil {
		r.onUnknown = func(Exchange) {}
	}
	err := r.openFiles(dir)
	if err == nil {
		err = r.SetFullPeriod(o.FullPeriod)
	}
	if err != nil {
		return nil, fmt.Errorf("account linking: traces in %s: %w", dir, err)
	}
	ctx, end := context.WithCancel(context.Background())
	r.cancel = end
	r.running.Go(func() { r.processQueue(ctx) })
	return r, nil
}

func (r *Recorder) openFiles(dir string) (err error) {
	if r.store, err = openStore(dir); err != nil {
		return err
	}
	key, err := loadOrCreateKey(dir)
	if err != nil {
		return err
	}
	processKey := make([]byte, 32)
	_, _ = rand.Read(processKey) // never fails
	r.mask = masker{redact.NewOAuthMasker(key, processKey)}
	traces, damage, err := loadTraces(dir)
	if err != nil {
		return err
	}
	if damage != nil {
		r.log.Warn("account linking: damaged trace lines skipped", "error", damage.Error())
	}
	if r.issued, err = issued.Open(dir); err != nil {
		return err
	}
	r.joiner, r.vouched = &joiner{}, map[[3]string]bool{}
	for _, t := range slices.Backward(traces) {
		for _, x := range t.Exchanges {
			r.joiner.addExchange(x)
			r.addIssued(&x) // of a version that did not store them
		}
		err = errors.Join(err, r.notifyChange(t)) // a fault may have appeared while the service was down
	}
	r.logWriteError(err)
	return nil
}

// SetFullPeriod sets how long secrets are recorded in clear text. 0 ends full recording. The period begins with the first
// call with a positive length. Later calls and restarts do not begin it again, unless a call with 0 was in between.
func (r *Recorder) SetFullPeriod(length time.Duration) (err error) {
	r.mu.Lock()
	r.fullPeriod, r.fullWarned, r.fullEndLogged = length, time.Time{}, false
	r.fullStart, err = loadFullStart(r.dir, length > 0, r.now())
	r.mu.Unlock()
	if err == nil {
		r.logFullRecording()
	}
	return err
}

// Close writes the queued exchanges and stops the Recorder.
func (r *Recorder) Close() error {
	r.cancel()
	r.running.Wait()
	return r.store.closeFile()
}

// Record queues an exchange. If the queue is full, an exchange is dropped. Record never blocks. A nil Recorder discards
// the exchange.
func (r *Recorder) Record(x *RawExchange) {
	if r != nil {
		r.queue.enqueue(x)
	}
}

func (r *Recorder) processQueue(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.queue.ready:
			r.drainQueue()
		case <-tick.C:
			r.recheckRecent()
		case <-ctx.Done():
			r.drainQueue()
			return
		}
	}
}

// drainQueue writes the queued exchanges in batches. It syncs the file to the disk once for each batch, because a sync
// is slow.
func (r *Recorder) drainQueue() {
	for batch := r.queue.nextBatch(); len(batch) > 0; batch = r.queue.nextBatch() {
		r.writeBatch(batch)
	}
}

// writeBatch masks, stores and logs exchanges, and reports their traces.
func (r *Recorder) writeBatch(batch []*RawExchange) {
	var stored []Exchange
	var lines string
	var err error
	for _, x := range batch {
		r.recoverFrom(func() {
			k := r.mask.redactExchange(x, r.recordsInFull())
			k.flow, k.Partial = x.Flow, r.partial
			r.joiner.assignTrace(&k)
			k.Unknown = r.isUnknown(&k)
			err = errors.Join(err, r.store.writeExchange(k, r.joiner.retainedIDs))
			r.joiner.addExchange(k)
			lines += r.addIssued(&k)
			stored = append(stored, k)
		})
	}
	err = errors.Join(err, r.store.syncFile(), r.issued.Write(lines))
	for _, k := range stored {
		r.logExchange(k)
	}
	for _, k := range stored {
		if t := r.joiner.findTrace(k.Trace); t != nil {
			err = errors.Join(err, r.notifyChange(t.Trace))
		}
	}
	r.logWriteError(err)
}

// logExchange logs an exchange. A stranger can cause any number of them, so what exceeds the limit of a minute and what has
// an unknown token is logged at level debug.
func (r *Recorder) logExchange(k Exchange) {
	level := slog.LevelInfo
	if k.Unknown || r.lines != nil && !r.lines.Allow(r.now()) {
		level = slog.LevelDebug
	}
	r.log.Log(context.Background(), level, "account linking", "trace", k.Trace, "leg", string(k.Leg), "method", k.Method,
		"path", r.mask.MaskText(k.LocalPath), "status", k.Status, "ms", k.DurationMS, "error", r.mask.MaskText(k.Error))
	if k.Unknown {
		r.recoverFrom(func() { r.onUnknown(k) })
	}
}

// recoverFrom runs code that reads untrusted data. If the code panics because of an attacker's data, recoverFrom logs the
// panic, and the service continues without this exchange.
func (r *Recorder) recoverFrom(read func()) {
	defer func() {
		if fault := recover(); fault != nil {
			r.log.Error("account linking: exchange skipped after a panic", "panic", fmt.Sprint(fault))
		}
	}()
	read()
}

// logWriteError logs the first of a series of write errors.
func (r *Recorder) logWriteError(err error) {
	if err != nil && !r.failing {
		r.log.Error("account linking: write of exchanges failed", "error", err.Error(), "remedy", "check the disk of data_dir")
	}
	r.failing = err != nil
}

// notifyChange passes a changed trace to OnChange.
func (r *Recorder) notifyChange(t Trace) (err error) {
	r.recoverFrom(func() { err = r.onChange(t) })
	return err
}

// recheckRecent passes recent traces to OnChange again, because a missing request becomes a fault only after a time.
func (r *Recorder) recheckRecent() {
	var err error
	for _, t := range r.joiner.traces {
		if r.now().Sub(t.LastRequest()) < time.Hour {
			err = errors.Join(err, r.notifyChange(t.Trace))
		}
	}
	if err != nil {
		r.logWriteError(err)
	}
	if lost := r.queue.takeLost(); lost > 0 {
		r.log.Warn("account linking: exchanges dropped; too many concurrent requests", "lost", lost)
	}
	r.logOmittedLines()
	r.logFullRecording()
}

func (r *Recorder) logOmittedLines() {
	if r.lines == nil {
		return
	}
	if omitted := r.lines.TakeOmitted(r.now()); omitted > 0 {
		r.log.Info("account linking: more requests within a minute; log lines omitted", "omitted", omitted,
			"remedy", `run "skill link list" to see the attempts`)
	}
}

func (r *Recorder) recordsInFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fullActive()
}

// fullActive reports whether full recording is active. It returns false if the stored start is more than a minute in the
// future. Otherwise a clock that was years ahead at the start, and was corrected later, would extend full recording by
// years.
func (r *Recorder) fullActive() bool {
	since := r.now().Sub(r.fullStart)
	return r.fullPeriod > 0 && since < r.fullPeriod && since > -time.Minute
}

// FullUntil returns the end of full recording, or the zero time if full recording is not active.
func (r *Recorder) FullUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.fullActive() {
		return time.Time{}
	}
	return r.fullStart.Add(r.fullPeriod)
}

// logFullRecording logs a warning once an hour while secrets are recorded, and once when full recording has ended.
func (r *Recorder) logFullRecording() {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := r.fullStart.Add(r.fullPeriod).UTC().Format(time.RFC3339)
	switch {
	case r.fullPeriod == 0:
	case r.fullActive() && r.now().Sub(r.fullWarned) >= time.Hour:
		r.fullWarned = r.now()
		r.log.Warn("account linking: PASSWORDS, CODES AND TOKENS ARE RECORDED IN CLEAR TEXT", "until", ends,
			"remedy", "set account_linking.record: redacted")
	case !r.fullActive() && !r.fullEndLogged:
		r.fullEndLogged = true
		r.log.Warn("account linking: full recording ended; secrets are masked", "ended", ends,
			"remedy", "set account_linking.record: redacted. Clear-text records stay in data_dir/link until they are overwritten "+
				"or removed")
	}
}
