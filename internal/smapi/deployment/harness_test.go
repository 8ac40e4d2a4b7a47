package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/smapitest"
)

const (
	vendorID = "M2EXAMPLEVENDOR"
	endpoint = "https://skill.example.com/alexa/half-elf"
)

// requireE2E skips a slow test unless `make e2e` runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

// A clock is the time of a test. Pauses only move it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Pause(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// A fixedToken is a source with one access token.
type fixedToken string

func (f fixedToken) Token(context.Context) (string, error)         { return string(f), nil }
func (f fixedToken) Renew(context.Context, string) (string, error) { return string(f), nil }

// A fixture is a fake of Amazon with one vendor, and the configuration of one skill.
type fixture struct {
	t      *testing.T
	amazon *smapitest.Amazon
	client *smapi.Client
	clock  *clock
	spec   Job
	lines  []string
	saved  []string // the ids that were stored in the configuration
}

func newFixture(t *testing.T, o smapitest.Options) *fixture {
	t.Helper()
	f := &fixture{t: t, amazon: smapitest.NewWith(t, o), clock: newClock()}
	f.amazon.AddVendor(vendorID, "Operator")
	f.amazon.NewProfile()
	f.client = newTestClient(t, f.amazon.URL, f.amazon.AccessToken(), f.clock.Pause)
	f.spec = Job{
		Name: "half elf", Files: packageFiles("Half Elf", "en-US", "de-DE"), Endpoint: endpoint, StateDir: filepath.Join(t.TempDir(), "deployments"),
		Progress: func(line string) { f.lines = append(f.lines, line) },
		Timing:   TimeLimits{Pause: f.clock.Pause, Now: f.clock.Now},
	}
	// The command writes the id into the configuration, and reads it in the next run.
	f.spec.SaveID = func(id string) error {
		f.saved, f.spec.SkillID = append(f.saved, id), id
		return nil
	}
	return f
}

func newTestClient(t *testing.T, url, token string, pause func(context.Context, time.Duration) error) *smapi.Client {
	t.Helper()
	client, err := smapi.New(smapi.Options{BaseURL: url, Tokens: fixedToken(token), Pause: pause})
	require.NoError(t, err)
	return client
}

// run runs a deployment. The configuration in memory changes as the file would.
func (f *fixture) run() (Report, error) {
	f.t.Helper()
	f.lines = nil
	return Run(f.t.Context(), f.client, f.spec)
}

// deploy is a run that must succeed.
func (f *fixture) deploy() Report {
	f.t.Helper()
	result, err := f.run()
	require.NoError(f.t, err)
	return result
}

// skill returns the only skill at Amazon.
func (f *fixture) skill() smapitest.SkillView {
	f.t.Helper()
	skills := f.amazon.Skills()
	require.Equal(f.t, 1, len(skills), "exactly one skill") // Len would print all skills
	return skills[0]
}

// readState returns the state of a skill that has an id.
func (f *fixture) readState(id string) *state {
	f.t.Helper()
	st, err := store{f.spec.StateDir, ""}.read(skillKey(id))
	require.NoError(f.t, err)
	require.NotNil(f.t, st, "the state of the skill is stored")
	return st
}

// storeState stores a state as an earlier run would have left it.
func (f *fixture) storeState(key string, st *state) {
	f.t.Helper()
	st.Endpoint = f.spec.Endpoint
	require.NoError(f.t, store{f.spec.StateDir, f.spec.Name}.write(key, st))
}

// count returns the number of requests with a method and an end of the path.
func (f *fixture) count(method, end string) (n int) {
	for _, call := range f.amazon.Requests() {
		if call.Method == method && strings.HasSuffix(call.Path, end) {
			n++
		}
	}
	return n
}

// requireLine requires a line of the progress that contains a text.
func (f *fixture) requireLine(text string) {
	f.t.Helper()
	require.True(f.t, slices.ContainsFunc(f.lines, func(line string) bool { return strings.Contains(line, text) }), "%q is not in:\n%s",
		text, strings.Join(f.lines, "\n"))
}

// packageFiles returns a small package with all kinds of files.
func packageFiles(title string, locales ...string) []skillpkg.File {
	return packageWith(title, endpoint, "from a friend", locales...)
}

func packageWith(title, url, sample string, locales ...string) []skillpkg.File {
	target := map[string]any{"uri": url, "sslCertificateType": "Trusted"}
	listings := map[string]any{}
	files := []skillpkg.File{
		{Name: ".ask/ask-states.json", Content: []byte("{}")},
		{Name: "ask-resources.json", Content: []byte("{}")},
		{Name: "skill-package/assets/images/icon-108.png", Content: []byte("small icon")},
	}
	for _, locale := range locales {
		listings[locale] = map[string]any{"name": title, "summary": "posts", "description": "posts", "examplePhrases": []string{"Alexa, open half elf"},
			"keywords": []string{"blog"}, "smallIconUri": "file://assets/images/icon-108.png", "largeIconUri": "file://assets/images/icon-108.png"}
		model := map[string]any{"interactionModel": map[string]any{"languageModel": map[string]any{"invocationName": "half elf", "types": []any{},
			"intents": []any{map[string]any{"name": "AMAZON.HelpIntent", "samples": []string{}}, map[string]any{"name": "AMAZON.StopIntent", "samples": []string{}},
				map[string]any{"name": "AMAZON.CancelIntent", "samples": []string{}}, map[string]any{"name": "AMAZON.FallbackIntent", "samples": []string{}},
				map[string]any{"name": "AMAZON.NavigateHomeIntent", "samples": []string{}},
				map[string]any{"name": "LatestIntent", "samples": []string{"read the latest post", sample}}}}}}
		files = append(files, skillpkg.File{Name: "skill-package/interactionModels/custom/" + locale + ".json", Content: encode(model)})
	}
	manifest := map[string]any{"manifest": map[string]any{"manifestVersion": "1.0",
		"publishingInformation": map[string]any{"locales": listings, "isAvailableWorldwide": true, "distributionMode": "PUBLIC", "category": "NEWS",
			"testingInstructions": "none", "distributionCountries": []string{}},
		"apis":                 map[string]any{"custom": map[string]any{"endpoint": target, "interfaces": []any{}}},
		"events":               map[string]any{"endpoint": target, "subscriptions": []any{map[string]any{"eventName": "SKILL_DISABLED"}}},
		"privacyAndCompliance": map[string]any{"allowsPurchases": false, "usesPersonalInfo": false, "isChildDirected": false, "isExportCompliant": true, "containsAds": false}}}
	return append(files, skillpkg.File{Name: "skill-package/skill.json", Content: encode(manifest)})
}

func encode(value any) []byte {
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a test's value: %v", err))
	}
	return encoded
}

// walk follows the names in a decoded document.
func walk(document map[string]any, names ...string) map[string]any {
	for _, name := range names {
		document, _ = document[name].(map[string]any)
	}
	return document
}
