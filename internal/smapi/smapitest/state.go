package smapitest

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// state is what the fake knows. The lock of Amazon guards it.
type state struct {
	vendors []Vendor

	uploads map[string]*upload // by path
	skills  []*skill
	imports []*importJob

	importFailure *ImportFailure
	simulations   map[string]*simulation
	simulated     SimulationOutcome // of the next simulation

	secrets  []string
	requests []Call
	faults   []*Fault

	roots  *x509.CertPool
	dialTo string
}

func newState() state {
	return state{
		uploads: map[string]*upload{}, simulations: map[string]*simulation{},
	}
}

// A skill is the development stage of a skill.
type skill struct {
	id, vendorID string
	updated      time.Time
	etag         string // changes with every change of manifest or models
	content
	manifestChange *change
	modelChanges   map[string]*change // by locale
	enabled        bool
	certificate    string // PEM
	linking        map[string]any
	linkingETag    string
}

// content is what an import replaces, and what a rollback restores.
type content struct {
	manifest     any // decoded; nil: none yet
	manifestETag string
	models       map[string]*model
	assets       map[string]string
}

// A model is an interaction model at Amazon.
type model struct {
	content any // decoded
	etag    string
	version int
}

// A change is the last change of a manifest or model: its "lastUpdateRequest".
type change struct {
	status string
	errors []rules.Violation
	polls  int    // that it still takes
	apply  func() // at its end
}

// newID makes a random id in the form of a UUID.
func newID(prefix string) string {
	random := hex.EncodeToString(randomBytes(16))
	return fmt.Sprintf("%s%s-%s-%s-%s-%s", prefix, random[:8], random[8:12], random[12:16], random[16:20], random[20:])
}

func randomBytes(n int) []byte {
	random := make([]byte, n)
	_, _ = rand.Read(random) // it does not fail
	return random
}

// newETag makes the version of a document.
func newETag() string { return hex.EncodeToString(randomBytes(16)) }

// findSkill returns the skill with an id, nil if there is none.
func (s *state) findSkill(id string) *skill {
	for _, found := range s.skills {
		if found.id == id {
			return found
		}
	}
	return nil
}

// hasVendor reports whether the operator belongs to a developer account.
func (s *state) hasVendor(id string) bool {
	for _, vendor := range s.vendors {
		if vendor.ID == id {
			return true
		}
	}
	return false
}

// touch marks a change of the skill.
func (k *skill) touch(now time.Time) {
	k.updated, k.etag = now, newETag()
}

// setManifest replaces the manifest.
func (k *skill) setManifest(manifest any) { k.manifest, k.manifestETag = manifest, newETag() }

// setModel replaces the model of a locale.
func (k *skill) setModel(locale string, decoded any) {
	old := k.models[locale]
	next := &model{content: decoded, etag: newETag(), version: 1}
	if old != nil {
		next.version = old.version + 1
	}
	k.models[locale] = next
}

// clone copies a decoded JSON value.
func clone[T any](value T) T {
	var copied T
	encoded, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(encoded, &copied)
	}
	if err != nil {
		panic(err) // cannot happen: the value was decoded from JSON
	}
	return copied
}
