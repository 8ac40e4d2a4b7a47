package speech

import (
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// A compiledRule is one selector of a furniture rule.
type compiledRule struct {
	cascadia.Sel
	container cascadia.Sel // matches an ancestor, which is treated instead of the element; nil: the element itself
	treatment treatment
}

// furniture contains the compiled rules. The key is the class (".x"), the id ("#x") or the tag that an element must
// have to match, because testing every rule on every element is much slower.
var furniture = compileFurniture(furnitureRules)

// anyElement is the key of the rules that test only other attributes.
const anyElement = "*"

// selectorKey matches the tag and the first class or id at the beginning of a selector.
var selectorKey = regexp.MustCompile(`^([a-z0-9-]*)([.#][\w-]+)?`)

// compileFurniture panics if a selector is invalid, like regexp.MustCompile.
func compileFurniture(rules []furnitureRule) map[string][]compiledRule {
	compiled := map[string][]compiledRule{}
	for _, rule := range rules {
		for selector := range strings.FieldsSeq(rule.selectors) {
			next := compiledRule{treatment: rule.treatment}
			if container, inner, ok := strings.Cut(strings.TrimSuffix(selector, ")"), ":has("); ok {
				next.container, selector = mustSelect(container), inner
			}
			next.Sel = mustSelect(selector)
			key := anyElement
			if parts := selectorKey.FindStringSubmatch(selector); parts[2] != "" {
				key = parts[2]
			} else if parts[1] != "" {
				key = parts[1]
			}
			compiled[key] = append(compiled[key], next)
		}
	}
	return compiled
}

func mustSelect(text string) cascadia.Sel {
	selector, err := cascadia.Parse(text)
	if err != nil {
		panic("furniture rule " + text + ": " + err.Error())
	}
	return selector
}

// findFurniture returns the rule that an element matches, and the element to treat: itself or an ancestor. The element
// is nil if no rule matches.
func findFurniture(n *html.Node) (*html.Node, treatment) {
	if found, t := firstMatch(n, n.Data); found != nil || len(n.Attr) == 0 {
		return found, t
	}
	for class := range strings.FieldsSeq(attrValue(n, "class")) {
		if found, t := firstMatch(n, "."+class); found != nil {
			return found, t
		}
	}
	if found, t := firstMatch(n, "#"+attrValue(n, "id")); found != nil {
		return found, t
	}
	return firstMatch(n, anyElement)
}

func firstMatch(n *html.Node, key string) (*html.Node, treatment) {
	for _, rule := range furniture[key] {
		if !rule.Match(n) {
			continue
		}
		if rule.container == nil {
			return n, rule.treatment
		}
		for ancestor := range n.Ancestors() {
			if rule.container.Match(ancestor) {
				return ancestor, rule.treatment
			}
		}
	}
	return nil, drop
}
