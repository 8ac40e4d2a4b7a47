package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
)

// Limits of the chain store. The sender chooses the certificate URL. Without limits an attacker could fill the memory or
// cause many fetches.
const (
	maxChains         = 16               // validated chains in memory. Amazon uses one at a time, or two during a change
	maxFailures       = 1024             // URLs in the failure cache
	outageTTL         = 10 * time.Second // how long to cache an outage of the bucket: short, to recover soon
	definiteTTL       = time.Minute      // how long to cache a definite failure: not found, or not valid
	renewInterval     = time.Minute      // minimum time between two fetches of a cached URL
	knownShapeFetches = 300              // fetches per minute of URLs with the shape that Amazon uses
	otherShapeFetches = 30               // fetches per minute of all other URLs
	explanations      = 30               // explanations per minute of signatures that do not match
)

// knownURLShape matches every certificate URL that Amazon has used so far. It only selects the fetch budget. There are
// 222 URLs of this shape, and a failed one is not fetched again for a minute. So an attacker who invents URLs of any
// shape cannot use up the budget that the real certificate needs.
var knownURLShape = regexp.MustCompile(`^https://s3\.amazonaws\.com/echo\.api/echo-api-cert(-[0-9]{1,2})?(-ats)?\.pem$`)

// A chainStore caches chains by URL. Verifier looks in memory, then in Dir, then in Amazon's bucket.
type chainStore struct {
	once                   sync.Once
	known                  *lru.Cache[string, *chain]
	failed                 *lru.Cache[string, cachedFailure]
	flights                singleflight.Group
	knownShape, otherShape budget
	explanations           budget
}

type cachedFailure struct {
	err   error
	until time.Time
}

func (s *chainStore) init() {
	// New only returns an error for a size below one.
	s.known, _ = lru.New[string, *chain](maxChains)
	s.failed, _ = lru.New[string, cachedFailure](maxFailures)
	s.knownShape.perMinute, s.otherShape.perMinute, s.explanations.perMinute = knownShapeFetches, otherShapeFetches, explanations
}

// lookupChain returns the validated chain of url. Concurrent requests for one unknown URL share one lookup.
func (v *Verifier) lookupChain(url string) (*chain, error) {
	v.chains.once.Do(v.chains.init)
	if c, ok := v.chains.known.Get(url); ok && c.isValidAt(v.now()) {
		return c, nil
	}
	found, err, _ := v.chains.flights.Do(url, func() (any, error) { return v.findChain(url) })
	c, _ := found.(*chain)
	return c, err
}

// findChain looks in memory, then in Dir, and then in the bucket. It looks in memory although lookupChain has done so,
// because another lookup can have ended since.
func (v *Verifier) findChain(url string) (*chain, error) {
	now := v.now()
	if c, ok := v.chains.known.Get(url); ok && c.isValidAt(now) {
		return c, nil
	}
	if f, _ := v.chains.failed.Get(url); now.Before(f.until) {
		return nil, fmt.Errorf("%w (not tried again before %s)", f.err, f.until.Format(time.RFC3339))
	}
	if c, err := v.loadChain(url, now); err == nil {
		v.chains.known.Add(url, c)
		return c, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		v.warn(fmt.Errorf("saved certificate chain is unusable and is fetched again: %w", err))
	}
	return v.fetchChain(url, now)
}

// errFetchedRecently is the error if renewChain does not fetch. VerifySignature discards it.
var errFetchedRecently = errors.New("certificate was fetched less than a minute ago")

// renewChain fetches url again after a signature did not verify under old, because Amazon may replace a certificate at
// the same URL. Usually the signature is wrong, not the certificate. An attacker could cause many fetches with forged
// signatures, so renewChain fetches at most once per renewInterval. If the fetch fails, old stays cached.
func (v *Verifier) renewChain(url string, old *chain) (*chain, error) {
	found, err, _ := v.chains.flights.Do("renew "+url, func() (any, error) {
		if old.successor != nil { // another call has just renewed it
			return old.successor, nil
		}
		now := v.now()
		if now.Sub(old.lastFetch) < renewInterval {
			return nil, errFetchedRecently
		}
		old.lastFetch = now
		c, err := v.fetchChain(url, now)
		old.successor = c
		return c, err
	})
	c, _ := found.(*chain)
	return c, err
}

// fetchChain downloads and validates the chain of url, within the budget. It caches the chain or the failure.
func (v *Verifier) fetchChain(url string, now time.Time) (*chain, error) {
	if !v.chains.budgetFor(url).takeToken(now) {
		return nil, refuse(FetchLimit, "certificate %s", quoteForLog(url))
	}
	file, err := v.fetchFile(url)
	ttl := outageTTL
	var c *chain
	if err == nil {
		ttl = definiteTTL
		c, err = parseChain(file, v.Roots, now)
	}
	if errors.Is(err, errBadStatus) {
		ttl = definiteTTL
	}
	if err != nil {
		err = fmt.Errorf("certificate %s: %w", quoteForLog(url), err)
		v.chains.failed.Add(url, cachedFailure{err: err, until: v.now().Add(ttl)})
		return nil, err
	}
	c.lastFetch = now
	v.chains.known.Add(url, c)
	v.warn(v.saveFile(url, file))
	return c, nil
}

func (s *chainStore) budgetFor(url string) *budget {
	if knownURLShape.MatchString(url) {
		return &s.knownShape
	}
	return &s.otherShape
}

// A budget is a token bucket. It gains tokens steadily, and holds at most as many tokens as it gains in one minute.
type budget struct {
	perMinute float64
	mu        sync.Mutex
	tokens    float64
	lastFill  time.Time
}

func (b *budget) takeToken(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	// At first lastFill is zero, so the bucket is full. If the clock is set back, tokens do not change.
	elapsed := max(now.Sub(b.lastFill), 0)
	b.tokens = min(b.perMinute, b.tokens+b.perMinute*elapsed.Minutes())
	b.lastFill = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
