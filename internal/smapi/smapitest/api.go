package smapitest

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// An apiCall is a call of the API whose token is valid.
type apiCall struct {
	*http.Request
	vars  map[string]string // of the path
	body  []byte
	skill *skill // nil if the path has none
}

// A route is a call of the API. Its handler runs under the lock of Amazon, unless it is slow.
type route struct {
	method, pattern string
	scopes          []string // all are needed
	handle          func(*Amazon, *apiCall) answer
	slow            bool

	path *regexp.Regexp
}

// The scopes of the calls, without their prefix.
const (
	skillsRead  = "skills:read"
	skillsWrite = "skills:readwrite"
	modelsRead  = "models:read"
	modelsWrite = "models:readwrite"
	skillsTest  = "skills:test"
)

// routes returns the calls that the fake knows. {stage} is development; an id has the form of Amazon's ids.
func routes() []route {
	const skillPath, stagePath = "/v1/skills/{skill}", "/v1/skills/{skill}/stages/{stage}"
	const testPath, modelPath = "/v2/skills/{skill}/stages/{stage}", stagePath + "/interactionModel/locales/{locale}"
	const certificatePath = skillPath + "/sslCertificateSets/~latest"
	importScopes := []string{skillsWrite, modelsWrite}
	read, write, test := []string{skillsRead}, []string{skillsWrite}, []string{skillsTest}
	return []route{
		{method: "GET", pattern: "/v1/vendors", scopes: read, handle: (*Amazon).listVendors},
		{method: "GET", pattern: "/v1/skills", scopes: read, handle: (*Amazon).listSkills},
		{method: "POST", pattern: "/v1/skills/uploads", scopes: write, handle: (*Amazon).createUpload},
		{method: "POST", pattern: "/v1/skills/imports", scopes: importScopes, handle: (*Amazon).createByImport},
		{method: "POST", pattern: skillPath + "/imports", scopes: importScopes, handle: (*Amazon).updateByImport},
		{method: "GET", pattern: "/v1/skills/imports/{import}", scopes: read, handle: (*Amazon).importStatus},
		{method: "GET", pattern: skillPath + "/status", scopes: read, handle: (*Amazon).skillStatus},
		{method: "DELETE", pattern: skillPath, scopes: write, handle: (*Amazon).deleteSkill},
		{method: "GET", pattern: stagePath + "/manifest", scopes: read, handle: (*Amazon).getManifest},
		{method: "PUT", pattern: stagePath + "/manifest", scopes: write, handle: (*Amazon).putManifest},
		{method: "GET", pattern: modelPath, scopes: []string{modelsRead}, handle: (*Amazon).getModel},
		{method: "HEAD", pattern: modelPath, scopes: []string{modelsRead}, handle: (*Amazon).headModel},
		{method: "PUT", pattern: modelPath, scopes: []string{modelsWrite}, handle: (*Amazon).putModel},
		{method: "GET", pattern: stagePath + "/enablement", scopes: read, handle: (*Amazon).getEnablement},
		{method: "PUT", pattern: stagePath + "/enablement", scopes: write, handle: (*Amazon).putEnablement},
		{method: "DELETE", pattern: stagePath + "/enablement", scopes: write, handle: (*Amazon).deleteEnablement},
		{method: "GET", pattern: certificatePath, scopes: read, handle: (*Amazon).getCertificate},
		{method: "PUT", pattern: certificatePath, scopes: write, handle: (*Amazon).putCertificate},
		{method: "GET", pattern: stagePath + "/accountLinkingClient", scopes: read, handle: (*Amazon).getLinking},
		{method: "PUT", pattern: stagePath + "/accountLinkingClient", scopes: write, handle: (*Amazon).putLinking},
		{method: "POST", pattern: testPath + "/simulations", scopes: test, handle: (*Amazon).simulate},
		{method: "GET", pattern: testPath + "/simulations/{simulation}", scopes: test, handle: (*Amazon).simulationStatus},
		{method: "POST", pattern: testPath + "/invocations", scopes: test, handle: (*Amazon).invoke, slow: true},
	}
}

// compile makes the expression of a pattern.
func (r *route) compile() {
	expression := strings.NewReplacer(
		"{skill}", `(?P<skill>amzn1\.ask\.skill\.[0-9a-fA-F-]{36})`, "{stage}", `(?P<stage>development|live|certification)`,
		"{import}", `(?P<import>[\w.-]+)`, "{locale}", `(?P<locale>[\w-]+)`, "{simulation}", `(?P<simulation>[\w.-]+)`,
	).Replace(r.pattern)
	r.path = regexp.MustCompile("^" + expression + "$")
}

// serveAPI serves the Skill Management API.
func (a *Amazon) serveAPI() http.Handler {
	all := routes()
	for i := range all {
		all[i].compile()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answerCall(all, r).write(w)
	})
}

// answerCall finds the route of a request, checks token and scopes, and calls the handler.
func (a *Amazon) answerCall(all []route, r *http.Request) answer {
	found, vars, status := findRoute(all, r)
	if found == nil {
		return refuse(status, "The resource or method is unknown.")
	}
	a.mu.Lock()
	unlock := a.mu.Unlock
	defer func() { unlock() }()
	scopes, valid := a.Scopes(tokenOf(r))
	if !valid {
		return refuse(http.StatusUnauthorized, "Token is invalid/expired")
	}
	for _, scope := range found.scopes {
		if !permits(scopes, scope) {
			return refuse(http.StatusForbidden, "User has not consented to this operation.")
		}
	}
	c := &apiCall{Request: r, vars: vars}
	if refused := c.read(); refused != nil {
		return *refused
	}
	if id, has := vars["skill"]; has {
		if c.skill = a.findSkill(id); c.skill == nil || !a.hasVendor(c.skill.vendorID) {
			return refuse(http.StatusNotFound, "Skill with id %s does not exist.", id)
		}
		if vars["stage"] != "" && vars["stage"] != "development" {
			return refuse(http.StatusNotFound, "Skill with id %s does not have the stage %s.", id, vars["stage"])
		}
	}
	if r.Method == http.MethodGet {
		a.step()
	}
	if found.slow {
		a.mu.Unlock()
		unlock = func() {}
	}
	return found.handle(a, c)
}

func findRoute(all []route, r *http.Request) (found *route, vars map[string]string, status int) {
	status = http.StatusNotFound
	for i := range all {
		match := all[i].path.FindStringSubmatch(r.URL.EscapedPath())
		if match == nil {
			continue
		}
		status = http.StatusMethodNotAllowed
		if all[i].method != r.Method {
			continue
		}
		vars = map[string]string{}
		for j, name := range all[i].path.SubexpNames() {
			if name != "" {
				vars[name] = match[j]
			}
		}
		return &all[i], vars, 0
	}
	return nil, nil, status
}

// tokenOf returns the access token of a request. Amazon accepts it with and without the scheme.
func tokenOf(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// permits reports whether a token has a scope, or the one that includes it.
func permits(scopes []string, wanted string) bool {
	return slices.Contains(scopes, wanted) || strings.HasSuffix(wanted, ":read") && slices.Contains(scopes, wanted+"write")
}

// read reads the body of a call.
func (c *apiCall) read() *answer {
	var err error
	if c.body, err = io.ReadAll(c.Body); err != nil {
		refused := refuse(http.StatusBadRequest, "The request body cannot be read.")
		return &refused
	}
	media, _, _ := strings.Cut(c.Header.Get("Content-Type"), ";")
	if len(c.body) > 0 && media != "application/json" {
		refused := refuse(http.StatusUnsupportedMediaType, "The content type must be application/json.")
		return &refused
	}
	return nil
}

// decode decodes the body. Unknown keys are an error if strict is set.
func (c *apiCall) decode(into any, strict bool) *answer {
	decoder := json.NewDecoder(strings.NewReader(string(c.body)))
	if strict {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(into); err != nil {
		refused := refuse(http.StatusBadRequest, "Unable to parse the request body: %s", err)
		return &refused
	}
	return nil
}

// checkMatch answers 412 if the header If-Match names another version.
func (c *apiCall) checkMatch(etag string) *answer {
	wanted := strings.Trim(c.Header.Get("If-Match"), `"`)
	if wanted == "" || wanted == etag || wanted == "*" && etag != "" {
		return nil
	}
	refused := refuse(http.StatusPreconditionFailed, "The resource version does not match.")
	return &refused
}
