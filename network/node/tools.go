//go:build tools

// Package node names the validators' program, so that its module's requirements are kept.
package node

import _ "github.com/ethereum/go-ethereum/cmd/geth"
