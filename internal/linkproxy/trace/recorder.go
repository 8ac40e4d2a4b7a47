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

	changed func(Trace) error

	mu   sync.Mutex // holds what follows
	full time.Duration
	from time.Time // of full recording
	told time.Time // when it was last warned of
	over bool      // it has ended, and that was said

	queue *queue
	end   context.CancelFunc
	ended sync.WaitGroup

	// What follows is the goroutine's own.
	mask    masker
	store   *store
	joiner  *joiner
	failing bool
}

// Options are what a Recorder may be told.
type Options struct {
	Full time.Duration // how long everything is kept, secrets among it; 0: never
	Now  func() time.Time
	Log  *slog.Logger

	// Changed is called, by one goroutine, for each trace that was found at the start or has changed, and again every ten seconds
	// for each whose last request came less than an hour ago, since some faults only show with time. nil: no one is told.
	Changed func(Trace) error
}

// Open writes into dir, which belongs to one Recorder at a time, until Close.
func Open(dir string, o Options) (*Recorder, error) {
	r := &Recorder{now: o.Now, log: o.Log, dir: dir, changed: o.Changed, queue: newQueue()}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.changed == nil {
		r.changed = func(Trace) error { return nil }
	}
	err := r.openFiles(dir)
	if err == nil {
		err = r.SetFull(o.Full)
	}
	if err != nil {
		return nil, fmt.Errorf("account linking: traces in %s: %w", dir, err)
	}
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	r.ended.Go(func() { r.run(ctx) })
	return r, nil
}

func (r *Recorder) openFiles(dir string) (err error) {
	if r.store, err = openStore(dir); err != nil {
		return err
	}
	key, err := loadKey(dir)
	if err != nil {
		return err
	}
	passing := make([]byte, 32)
	_, _ = rand.Read(passing) // never fails
	r.mask = masker{redact.NewOAuth(key, passing)}
	traces, damage, err := readTraces(dir)
	if err != nil {
		return err
	}
	if damage != nil {
		r.log.Warn("account linking: what is damaged of the traces is left out", "error", damage.Error())
	}
	r.joiner = &joiner{}
	for _, t := range slices.Backward(traces) {
		for _, x := range t.Exchanges {
			r.joiner.add(x)
		}
		err = errors.Join(err, r.report(t)) // what ripened while nobody watched
	}
	r.complain(err)
	return nil
}

// SetFull says for how long everything is kept from the beginning of full recording, secrets among it; 0: not at all. It
// begins when it is first asked for, also before a restart, and begins anew only after a 0.
func (r *Recorder) SetFull(length time.Duration) (err error) {
	r.mu.Lock()
	r.full, r.told, r.over = length, time.Time{}, false
	r.from, err = fullSince(r.dir, length > 0, r.now())
	r.mu.Unlock()
	if err == nil {
		r.warnOfFull()
	}
	return err
}

// Close writes what waits, and ends.
func (r *Recorder) Close() error {
	r.end()
	r.ended.Wait()
	return r.store.close()
}

// Record takes an exchange, or counts one as lost.
func (r *Recorder) Record(x *Passed) {
	if r != nil {
		r.queue.put(x)
	}
}

func (r *Recorder) run(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.queue.ready:
			r.writeAll()
		case <-tick.C:
			r.look()
		case <-ctx.Done():
			r.writeAll()
			return
		}
	}
}

// writeAll writes what waits, as much at once as may be: one wait for the disk is enough for all of it.
func (r *Recorder) writeAll() {
	for batch := r.queue.take(); len(batch) > 0; batch = r.queue.take() {
		r.write(batch)
	}
}

func (r *Recorder) write(batch []*Passed) {
	var kept []Exchange
	var err error
	for _, x := range batch {
		r.unharmed(func() {
			k := r.mask.keep(x, r.isFull())
			k.flow = x.Flow
			r.joiner.join(&k)
			err = errors.Join(err, r.store.write(k, r.joiner.ids))
			r.joiner.add(k)
			kept = append(kept, k)
		})
	}
	err = errors.Join(err, r.store.sync())
	for _, k := range kept {
		r.log.Info("account linking", "trace", k.Trace, "leg", string(k.Leg), "method", k.Method, "path", r.mask.Prose(k.Asked),
			"status", k.Status, "ms", k.MS, "error", r.mask.Prose(k.Error))
	}
	for _, k := range kept {
		if t := r.joiner.find(k.Trace); t != nil {
			err = errors.Join(err, r.report(t.Trace))
		}
	}
	r.complain(err)
}

// unharmed reads what strangers have written. Should there be a fault in that, it costs one of theirs, and not the service,
// whose job is another.
func (r *Recorder) unharmed(read func()) {
	defer func() {
		if fault := recover(); fault != nil {
			r.log.Error("account linking: an exchange is left out, by a fault of this program's", "fault", fmt.Sprint(fault))
		}
	}()
	read()
}

// complain says once that something could not be written.
func (r *Recorder) complain(err error) {
	if err != nil && !r.failing {
		r.log.Error("account linking: exchanges are not written down", "error", err.Error(), "remedy", "look after the disk of data_dir")
	}
	r.failing = err != nil
}

// report tells of a trace that has changed.
func (r *Recorder) report(t Trace) (err error) {
	r.unharmed(func() { err = r.changed(t) })
	return err
}

// look tells of the traces in which something may be missing yet, such as a request that never came.
func (r *Recorder) look() {
	var err error
	for _, t := range r.joiner.traces {
		if r.now().Sub(t.Last()) < time.Hour {
			err = errors.Join(err, r.report(t.Trace))
		}
	}
	if err != nil {
		r.complain(err)
	}
	if lost := r.queue.losses(); lost > 0 {
		r.log.Warn("account linking: exchanges were not recorded, as too many came at once", "lost", lost)
	}
	r.warnOfFull()
}

func (r *Recorder) isFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.whole()
}

// whole is false as well where the beginning lies ahead, but for what clocks differ by: a clock that was wrong when full
// recording began, and was set right since, would else prolong it by years.
func (r *Recorder) whole() bool {
	since := r.now().Sub(r.from)
	return r.full > 0 && since < r.full && since > -time.Minute
}

// FullUntil is when full recording ends by itself; zero: it is not at work.
func (r *Recorder) FullUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.whole() {
		return time.Time{}
	}
	return r.from.Add(r.full)
}

// warnOfFull says once an hour that secrets are being written down, and once that this has ended.
func (r *Recorder) warnOfFull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := r.from.Add(r.full).UTC().Format(time.RFC3339)
	switch {
	case r.full == 0:
	case r.whole() && r.now().Sub(r.told) >= time.Hour:
		r.told = r.now()
		r.log.Warn("account linking: PASSWORDS, CODES AND TOKENS ARE BEING WRITTEN DOWN IN CLEAR", "until", ends,
			"remedy", "set account_linking.record: redacted")
	case !r.whole() && !r.over:
		r.over = true
		r.log.Warn("account linking: full recording has ended; secrets are masked", "ended", ends,
			"remedy", "set account_linking.record: redacted; what was recorded in clear stays in data_dir/link until it is overwritten "+
				"or removed")
	}
}
