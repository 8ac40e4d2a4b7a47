package manifests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// An issueForm is a form of the forge. Its keys are the ones of "Syntax for issue forms" and "Syntax for GitHub's form
// schema" in GitHub's documentation.
type issueForm struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Title       string      `json:"title"`
	Labels      []string    `json:"labels"`
	Assignees   []string    `json:"assignees"`
	Type        string      `json:"type"`
	Body        []formField `json:"body"`
}

// A formField is one element of a form.
type formField struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Attributes struct {
		Label       string `json:"label"`
		Description string `json:"description"`
		Placeholder string `json:"placeholder"`
		Value       string `json:"value"`
		Render      string `json:"render"`
		Multiple    bool   `json:"multiple"`
		Options     []any  `json:"options"`
	} `json:"attributes"`
	Validations struct {
		Required bool `json:"required"`
	} `json:"validations"`
}

// TestIssueForms reads the issue forms strictly, and checks GitHub's rules.
func TestIssueForms(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", ".github", "ISSUE_TEMPLATE", "*"))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) == "config.yml" {
			var config struct {
				Blank bool `json:"blank_issues_enabled"`
			}
			require.NoError(t, yaml.UnmarshalStrict(text, &config), file)
			continue
		}
		var form issueForm
		require.NoError(t, yaml.UnmarshalStrict(text, &form), file)
		requireForm(t, file, form)
		require.False(t, names[form.Name], "%s: the name is used twice", file)
		names[form.Name] = true
	}
	require.Len(t, names, 5)
}

// requireForm requires the rules of GitHub: a form that breaks one is not offered.
func requireForm(t *testing.T, file string, form issueForm) {
	t.Helper()
	require.NotEmpty(t, form.Name, file)
	require.NotEmpty(t, form.Description, file)
	ids, labels := map[string]bool{}, map[string]bool{}
	asks := false
	for _, field := range form.Body {
		place := file + ": " + field.ID
		if field.Type == "markdown" {
			require.NotEmpty(t, field.Attributes.Value, place)
			continue
		}
		asks = true
		require.Regexp(t, `^[A-Za-z0-9_-]+$`, field.ID, place)
		require.NotEmpty(t, field.Attributes.Label, place)
		require.False(t, ids[field.ID] || labels[field.Attributes.Label], "%s: id and label occur once", place)
		ids[field.ID], labels[field.Attributes.Label] = true, true
		requireField(t, place, field)
	}
	require.True(t, asks, "%s: a form has at least one element that is not markdown", file)
}

// requireField requires the attributes that the type of a field allows.
func requireField(t *testing.T, place string, field formField) {
	t.Helper()
	attributes := field.Attributes
	require.True(t, slices.Contains([]string{"textarea", "input", "dropdown", "checkboxes"}, field.Type), "%s: type %q", place, field.Type)
	choices := field.Type == "dropdown" || field.Type == "checkboxes"
	require.Equal(t, choices, len(attributes.Options) > 0, "%s: options", place)
	require.True(t, attributes.Render == "" || field.Type == "textarea", "%s: render", place)
	require.True(t, !attributes.Multiple || field.Type == "dropdown", "%s: multiple", place)
	require.True(t, !choices || attributes.Placeholder == "" && attributes.Value == "", "%s: a choice has no text", place)
	seen := map[string]bool{}
	for _, option := range attributes.Options {
		label, plain := option.(string)
		if field.Type == "checkboxes" {
			box, ok := option.(map[string]any)
			require.True(t, ok, "%s: a checkbox is an object", place)
			label, plain = box["label"].(string)
		}
		require.True(t, plain && label != "" && !strings.EqualFold(label, "none"), "%s: option %v", place, option)
		require.False(t, seen[label], "%s: the option %q is given twice", place, label)
		seen[label] = true
	}
}
