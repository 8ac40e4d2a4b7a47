// Package manifests holds what operators hand to Docker and Kubernetes to the types of those who read it, and to what
// the project promises. It is a module of its own, so that the product depends on neither.
package manifests
