package smapi_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/smapitest"
)

const fakeVendor = "M1VENDOR00TEST"

// fakeTokens are the access tokens of a fake of Amazon.
type fakeTokens struct {
	amazon *smapitest.Amazon
	mu     sync.Mutex
	token  string
}

func (s *fakeTokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == "" {
		s.token = s.amazon.AccessToken()
	}
	return s.token, nil
}

func (s *fakeTokens) Renew(context.Context, string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = s.amazon.AccessToken()
	return s.token, nil
}

func newFakeClient(t *testing.T) (*smapitest.Amazon, *smapi.Client, *bytes.Buffer) {
	amazon := smapitest.New(t)
	amazon.AddVendor(fakeVendor, "Half Elf")
	var log bytes.Buffer
	c, err := smapi.New(smapi.Options{BaseURL: amazon.URL, Tokens: &fakeTokens{amazon: amazon}, Debug: &log,
		HTTP:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	require.NoError(t, err)
	return amazon, c, &log
}

// skillPackage is a package that Amazon accepts.
func skillPackage(t *testing.T) []byte {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for name, content := range map[string]string{
		"skill.json": `{"manifest":{"manifestVersion":"1.0","publishingInformation":{"locales":{"en-US":{"name":"Half Elf","summary":"A blog.",
			"description":"A blog.","examplePhrases":["Alexa, open half elf"],"keywords":["blog"]}},"isAvailableWorldwide":true,
			"distributionMode":"PUBLIC","category":"NEWS","distributionCountries":[]},
			"apis":{"custom":{"endpoint":{"uri":"https://skill.example.com/alexa","sslCertificateType":"Trusted"}}}}}`,
		"interactionModels/custom/en-US.json": `{"interactionModel":{"languageModel":{"invocationName":"half elf","intents":[
			{"name":"AMAZON.StopIntent","samples":[]},{"name":"LatestIntent","samples":["what's new"]}],"types":[]}}}`,
	} {
		file, err := writer.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(file, content)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return archive.Bytes()
}

// makeSkill makes a skill at Amazon with every call that a deployment needs, and returns its id.
func makeSkill(t *testing.T, c *smapi.Client) string {
	vendors, err := c.Vendors(t.Context())
	require.NoError(t, err)
	require.Equal(t, fakeVendor, vendors[0].ID)
	skills, err := c.Skills(t.Context(), fakeVendor)
	require.NoError(t, err)
	require.Empty(t, skills)
	location, err := c.Upload(t.Context(), skillPackage(t))
	require.NoError(t, err)
	importID, err := c.CreateByImport(t.Context(), fakeVendor, location)
	require.NoError(t, err)
	id := finishImport(t, c, importID)

	enabled, err := c.IsEnabled(t.Context(), id)
	require.NoError(t, err)
	require.False(t, enabled)
	require.NoError(t, c.Enable(t.Context(), id))
	enabled, err = c.IsEnabled(t.Context(), id)
	require.NoError(t, err)
	require.True(t, enabled)

	manifest, err := c.Manifest(t.Context(), id)
	require.NoError(t, err)
	require.Contains(t, string(manifest.JSON), "https://skill.example.com/alexa")
	require.NotEmpty(t, manifest.ETag)
	model, err := c.Model(t.Context(), id, "en-US")
	require.NoError(t, err)
	etag, err := c.ModelETag(t.Context(), id, "en-US")
	require.NoError(t, err)
	require.NotEmpty(t, etag)
	require.Equal(t, model.ETag, etag)
	status, err := c.Status(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, smapi.StatusSucceeded, status.Manifest.Status)
	require.Contains(t, status.Models, "en-US")

	location, err = c.Upload(t.Context(), skillPackage(t))
	require.NoError(t, err)
	importID, err = c.UpdateByImport(t.Context(), id, location)
	if running, ok := errors.AsType[*smapi.ImportRunningError](err); ok { // after a lost answer
		importID = running.ImportID
	} else {
		require.NoError(t, err)
	}
	require.Equal(t, id, finishImport(t, c, importID))
	return id
}

func finishImport(t *testing.T, c *smapi.Client, importID string) string {
	for range 30 {
		state, err := c.Import(t.Context(), importID)
		require.NoError(t, err)
		if !state.Running() {
			require.True(t, state.Succeeded(), "%+v", state)
			return state.SkillID
		}
	}
	require.Fail(t, "the import does not end")
	return ""
}

func requireNoSecret(t *testing.T, amazon *smapitest.Amazon, output string) {
	require.NotEmpty(t, amazon.Secrets())
	for _, secret := range amazon.Secrets() {
		require.NotContains(t, output, secret)
	}
}

func TestMakesSkillAtTheFake(t *testing.T) {
	amazon, c, log := newFakeClient(t)
	id := makeSkill(t, c)
	require.Len(t, amazon.Skills(), 1)
	require.Equal(t, id, amazon.Skills()[0].ID)
	require.True(t, amazon.Skills()[0].Enabled)
	requireNoSecret(t, amazon, log.String())
	require.Contains(t, log.String(), "x-amzn-requestid: ")
}

// Each fault at each call is overcome. Only the creation is not repeated after a lost answer.
func TestFaultsOfTheFake(t *testing.T) {
	kinds := map[string]smapitest.Fault{
		"429 with Retry-After": {Kind: smapitest.FaultStatus, Status: 429, RetryAfter: "1"},
		"429":                  {Kind: smapitest.FaultStatus, Status: 429},
		"500":                  {Kind: smapitest.FaultStatus, Status: 500},
		"503":                  {Kind: smapitest.FaultStatus, Status: 503},
		"cut":                  {Kind: smapitest.FaultCut},
		"lost answer":          {Kind: smapitest.FaultLostAnswer},
		"cut body":             {Kind: smapitest.FaultCutBody},
		"html":                 {Kind: smapitest.FaultHTML},
		"broken body":          {Kind: smapitest.FaultBrokenBody},
		"expired token":        {Kind: smapitest.FaultExpiredToken},
	}
	places := []smapitest.Fault{
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`^/v1/vendors$`)},
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`^/v1/skills$`)},
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`/uploads$`)},
		{Part: smapitest.PartUpload},
		{Part: smapitest.PartAPI, Method: http.MethodPost, Path: regexp.MustCompile(`^/v1/skills/[^/]+\.[^/]+/imports$`)},
		{Part: smapitest.PartAPI, Method: http.MethodGet, Path: regexp.MustCompile(`/imports/`)},
		{Part: smapitest.PartAPI, Method: http.MethodPut, Path: regexp.MustCompile(`/enablement$`)},
		{Part: smapitest.PartAPI, Method: http.MethodGet, Path: regexp.MustCompile(`/enablement$`)},
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`/manifest$`)},
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`/locales/en-US$`)},
		{Part: smapitest.PartAPI, Path: regexp.MustCompile(`/status$`)},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			amazon, c, log := newFakeClient(t)
			faults := 0
			for _, place := range places {
				if kind.Kind == smapitest.FaultExpiredToken && place.Part == smapitest.PartUpload {
					continue // the storage does not get a token
				}
				faults++
				kind.Part, kind.Method, kind.Path = place.Part, place.Method, place.Path
				amazon.Fail(kind)
			}
			makeSkill(t, c)
			require.Len(t, amazon.Skills(), 1)
			require.Equal(t, faults, amazon.FaultyCalls())
			requireNoSecret(t, amazon, log.String())
		})
		t.Run(name+" at the creation", func(t *testing.T) {
			amazon, c, log := newFakeClient(t)
			kind.Part, kind.Method, kind.Path = smapitest.PartAPI, http.MethodPost, regexp.MustCompile(`^/v1/skills/imports$`)
			amazon.Fail(kind)
			if kind.Status == 429 || kind.Kind == smapitest.FaultExpiredToken {
				makeSkill(t, c)
			} else {
				requireLostCreation(t, amazon, c)
			}
			require.Equal(t, 1, amazon.FaultyCalls())
			require.LessOrEqual(t, len(amazon.Skills()), 1)
			requireNoSecret(t, amazon, log.String())
		})
	}
}

// requireLostCreation requires that a creation is sent once. The fault can leave the answer whole, if it has no body.
func requireLostCreation(t *testing.T, amazon *smapitest.Amazon, c *smapi.Client) {
	location, err := c.Upload(t.Context(), skillPackage(t))
	require.NoError(t, err)
	_, err = c.CreateByImport(t.Context(), fakeVendor, location)
	sent := 0
	for _, call := range amazon.Requests() {
		if call.Method == http.MethodPost && strings.HasSuffix(call.Path, "/imports") {
			sent++
		}
	}
	require.Equal(t, 1, sent)
	if err != nil {
		_, lost := errors.AsType[*smapi.LostAnswerError](err)
		require.True(t, lost, "%v", err)
		requireNoSecret(t, amazon, err.Error())
	}
}

func TestRedirectOfTheFakeDoesNotGetTheToken(t *testing.T) {
	amazon, c, log := newFakeClient(t)
	var received atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
	defer stranger.Close()
	amazon.Fail(smapitest.Fault{Kind: smapitest.FaultRedirect, To: stranger.URL, Times: -1})
	_, err := c.Vendors(t.Context())
	require.ErrorContains(t, err, "redirects to another address")
	_, err = c.CreateByImport(t.Context(), fakeVendor, "https://storage.example/x")
	require.Error(t, err)
	require.Zero(t, received.Load())
	requireNoSecret(t, amazon, log.String())
}
