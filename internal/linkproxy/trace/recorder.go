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

	"lastpost/internal/redact"
)

// A Recorder writes exchanges down, off their way: whoever records one waits for nothing, and where too many wait, some
// are lost and counted. It masks, joins what belongs together, and reports the traces that change.
type Recorder struct {
	now func() time.Time
	log *slog.Logger
	dir string

	onChange func(Trace) error

	mu            sync.Mutex // holds what follows
	fullPeriod    time.Duration
	fullStart     time.Time // of full recording
	fullWarned    time.Time // when it was last warned of
	fullEndLogged bool      // it has ended, and that was said

	queue   *queue
	cancel  context.CancelFunc
	running sync.WaitGroup

	// What follows is the goroutine's own.
	mask    masker
	store   *store
	joiner  *joiner
	failing bool
}

// Options are what a Recorder may be told.
type Options struct {
	FullPeriod time.Duration // how long everything is kept, secrets among it; 0: never
	Now        func() time.Time
	Log        *slog.Logger

	// OnChange is called, by one goroutine, for each trace that was found at the start or has changed, and again every ten seconds
	// for each whose last request came less than an hour ago, since some faults only show with time. nil: no one is told.
	OnChange func(Trace) error
}

// OpenRecorder writes into dir, which belongs to one Recorder at a time, until Close.
func OpenRecorder(dir string, o Options) (*Recorder, error) {
	r := &Recorder{now: o.Now, log: o.Log, dir: dir, onChange: o.OnChange, queue: newQueue()}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.onChange == nil {
		r.onChange = func(Trace) error { return nil }
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
	passing := make([]byte, 32)
	_, _ = rand.Read(passing) // never fails
	r.mask = masker{redact.NewOAuthMasker(key, passing)}
	traces, damage, err := loadTraces(dir)
	if err != nil {
		return err
	}
	if damage != nil {
		r.log.Warn("account linking: what is damaged of the traces is left out", "error", damage.Error())
	}
	r.joiner = &joiner{}
	for _, t := range slices.Backward(traces) {
		for _, x := range t.Exchanges {
			r.joiner.addExchange(x)
		}
		err = errors.Join(err, r.notifyChange(t)) // what ripened while nobody watched
	}
	r.logWriteError(err)
	return nil
}

// SetFullPeriod says for how long everything is kept from the beginning of full recording, secrets among it; 0: not at all. It
// begins when it is first asked for, also before a restart, and begins anew only after a 0.
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

// Close writes what waits, and ends.
func (r *Recorder) Close() error {
	r.cancel()
	r.running.Wait()
	return r.store.closeFile()
}

// Record takes an exchange, or counts one as lost.
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

// drainQueue writes what waits, as much at once as may be: one wait for the disk is enough for all of it.
func (r *Recorder) drainQueue() {
	for batch := r.queue.nextBatch(); len(batch) > 0; batch = r.queue.nextBatch() {
		r.writeBatch(batch)
	}
}

func (r *Recorder) writeBatch(batch []*RawExchange) {
	var kept []Exchange
	var err error
	for _, x := range batch {
		r.recoverFrom(func() {
			k := r.mask.redactExchange(x, r.recordsInFull())
			k.flow = x.Flow
			r.joiner.assignTrace(&k)
			err = errors.Join(err, r.store.writeExchange(k, r.joiner.retainedIDs))
			r.joiner.addExchange(k)
			kept = append(kept, k)
		})
	}
	err = errors.Join(err, r.store.syncFile())
	for _, k := range kept {
		r.log.Info("account linking", "trace", k.Trace, "leg", string(k.Leg), "method", k.Method, "path", r.mask.MaskText(k.LocalPath),
			"status", k.Status, "ms", k.DurationMS, "error", r.mask.MaskText(k.Error))
	}
	for _, k := range kept {
		if t := r.joiner.findTrace(k.Trace); t != nil {
			err = errors.Join(err, r.notifyChange(t.Trace))
		}
	}
	r.logWriteError(err)
}

// recoverFrom reads what strangers have written. Should there be a fault in that, it costs one of theirs, and not the service,
// whose job is another.
func (r *Recorder) recoverFrom(read func()) {
	defer func() {
		if fault := recover(); fault != nil {
			r.log.Error("account linking: an exchange is left out, by a fault of this program's", "fault", fmt.Sprint(fault))
		}
	}()
	read()
}

// logWriteError says once that something could not be written.
func (r *Recorder) logWriteError(err error) {
	if err != nil && !r.failing {
		r.log.Error("account linking: exchanges are not written down", "error", err.Error(), "remedy", "look after the disk of data_dir")
	}
	r.failing = err != nil
}

// notifyChange tells of a trace that has changed.
func (r *Recorder) notifyChange(t Trace) (err error) {
	r.recoverFrom(func() { err = r.onChange(t) })
	return err
}

// recheckRecent tells of the traces in which something may be missing yet, such as a request that never came.
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
		r.log.Warn("account linking: exchanges were not recorded, as too many came at once", "lost", lost)
	}
	r.logFullRecording()
}

func (r *Recorder) recordsInFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fullActive()
}

// fullActive is false as well where the beginning lies ahead, but for what clocks differ by: a clock that was wrong when full
// recording began, and was set right since, would else prolong it by years.
func (r *Recorder) fullActive() bool {
	since := r.now().Sub(r.fullStart)
	return r.fullPeriod > 0 && since < r.fullPeriod && since > -time.Minute
}

// FullUntil is when full recording ends by itself; zero: it is not at work.
func (r *Recorder) FullUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.fullActive() {
		return time.Time{}
	}
	return r.fullStart.Add(r.fullPeriod)
}

// logFullRecording says once an hour that secrets are being written down, and once that this has ended.
func (r *Recorder) logFullRecording() {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := r.fullStart.Add(r.fullPeriod).UTC().Format(time.RFC3339)
	switch {
	case r.fullPeriod == 0:
	case r.fullActive() && r.now().Sub(r.fullWarned) >= time.Hour:
		r.fullWarned = r.now()
		r.log.Warn("account linking: PASSWORDS, CODES AND TOKENS ARE BEING WRITTEN DOWN IN CLEAR", "until", ends,
			"remedy", "set account_linking.record: redacted")
	case !r.fullActive() && !r.fullEndLogged:
		r.fullEndLogged = true
		r.log.Warn("account linking: full recording has ended; secrets are masked", "ended", ends,
			"remedy", "set account_linking.record: redacted; what was recorded in clear stays in data_dir/link until it is overwritten "+
				"or removed")
	}
}
