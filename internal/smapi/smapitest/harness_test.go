package smapitest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
)

const vendorID = "M1VENDOR00TEST"

// A caller sends requests to the fake as any HTTP client does.
type caller struct {
	t      *testing.T
	amazon *smapitest.Amazon
	token  string
}

// An exchange is what came back.
type exchange struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func newCaller(t *testing.T, o smapitest.Options) *caller {
	t.Helper()
	amazon := smapitest.NewWith(t, o)
	amazon.AddVendor(vendorID, "Half Elf")
	return &caller{t, amazon, amazon.AccessToken()}
}

// send sends a request with a JSON body; nil: none.
func (c *caller) send(method, path string, body any, header ...string) exchange {
	c.t.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(c.t, err)
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.amazon.URL+path, content)
	require.NoError(c.t, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return c.do(request)
}

// do sends a request without following redirects.
func (c *caller) do(request *http.Request) exchange {
	c.t.Helper()
	got, err := c.try(request)
	require.NoError(c.t, err)
	return got
}

func (c *caller) try(request *http.Request) (exchange, error) {
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	response, err := client.Do(request)
	if err != nil {
		return exchange{}, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	got := exchange{status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &got.body)
	return got, err
}

// upload makes an upload URL and sends the archive there.
func (c *caller) upload(archive []byte) (location string) {
	c.t.Helper()
	made := c.send("POST", "/v1/skills/uploads", nil)
	require.Equal(c.t, http.StatusCreated, made.status, made.raw)
	location, _ = made.body["uploadUrl"].(string)
	require.Equal(c.t, http.StatusOK, c.put(location, bytes.NewReader(archive)).status)
	return location
}

// put sends a body to an upload URL.
func (c *caller) put(location string, body io.Reader, header ...string) exchange {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPut, location, body)
	require.NoError(c.t, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return c.do(request)
}

// create creates a skill by import and returns the address of the import.
func (c *caller) create(files map[string]string) (location string) {
	c.t.Helper()
	started := c.send("POST", "/v1/skills/imports", map[string]any{"vendorId": vendorID, "location": c.upload(archiveOf(c.t, files))})
	require.Equal(c.t, http.StatusAccepted, started.status, started.raw)
	require.Empty(c.t, started.raw)
	return started.header.Get("Location")
}

// finish polls an import until its end and returns all answers.
func (c *caller) finish(location string) (polls []exchange) {
	c.t.Helper()
	for range 20 {
		got := c.send("GET", location, nil)
		require.Equal(c.t, http.StatusOK, got.status, got.raw)
		polls = append(polls, got)
		if got.body["status"] != "IN_PROGRESS" {
			return polls
		}
	}
	require.Fail(c.t, "the import does not end")
	return nil
}

// newSkill creates a skill and returns its id.
func (c *caller) newSkill(files map[string]string) string {
	c.t.Helper()
	polls := c.finish(c.create(files))
	last := polls[len(polls)-1]
	require.Equal(c.t, "SUCCEEDED", last.body["status"], last.raw)
	return dig(last.body, "skill")["skillId"].(string)
}

// dig returns an object in decoded JSON.
func dig(value any, keys ...string) map[string]any {
	for _, key := range keys {
		value = value.(map[string]any)[key]
	}
	found, _ := value.(map[string]any)
	return found
}

// manifestJSON is a manifest that Amazon accepts.
const manifestJSON = `{"manifest":{"manifestVersion":"1.0",
"publishingInformation":{"locales":{"en-US":{"name":"Half Elf","summary":"A blog.","description":"A blog.",
"examplePhrases":["Alexa, open half elf"],"keywords":["blog"],"smallIconUri":"file://assets/images/small.png"},
"de-DE":{"name":"Half Elf"}},"isAvailableWorldwide":true,"distributionMode":"PUBLIC","category":"NEWS","distributionCountries":[]},
"apis":{"custom":{"endpoint":{"uri":"https://skill.example.com/alexa","sslCertificateType":"Trusted"},
"interfaces":[{"type":"AUDIO_PLAYER"}]}},
"privacyAndCompliance":{"allowsPurchases":false},"permissions":[{"name":"alexa::person_id:read"}]}}`

// modelJSON is a model that Amazon accepts.
const modelJSON = `{"interactionModel":{"languageModel":{"invocationName":"half elf","intents":[
{"name":"AMAZON.StopIntent","samples":[]},
{"name":"LatestIntent","samples":["what's new","the latest post"]},
{"name":"SearchIntent","slots":[{"name":"Query","type":"AMAZON.SearchQuery"}],"samples":["search for {Query}"]},
{"name":"TagIntent","slots":[{"name":"Tag","type":"TAG"}],"samples":["posts about {Tag}"]}],
"types":[{"name":"TAG","values":[{"name":{"value":"Go","synonyms":[]}}]}]}}}`

// packageFiles are the files of a package that Amazon accepts.
func packageFiles() map[string]string {
	return map[string]string{
		"skill.json": manifestJSON, "assets/images/small.png": "PNG",
		"interactionModels/custom/en-US.json": modelJSON, "interactionModels/custom/de-DE.json": modelJSON,
	}
}

// changed replaces a text in a file of the package, or adds a file if old is empty.
func changed(t *testing.T, file, old, replacement string) map[string]string {
	t.Helper()
	files := packageFiles()
	if old != "" {
		require.Contains(t, files[file], old)
		replacement = strings.Replace(files[file], old, replacement, 1)
	}
	files[file] = replacement
	return files
}

// archiveOf makes a zip.
func archiveOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for name, content := range files {
		file, err := writer.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(file, content)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return archive.Bytes()
}
