;; The least module that does what the trivial plugin does, with the callbacks
;; that it exports: it reads one header and lets the request go on if that is
;; there. What it costs is the price of Envoy crossing into V8, which no SDK can
;; go below.
(module
  (import "env" "proxy_get_header_map_value"
    (func $get_header (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "authorization")
  (func (export "_initialize"))
  (func (export "proxy_abi_version_0_2_1"))
  ;; One place serves every result: nothing is kept beyond the callback.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (if (i32.gt_u (local.get $size) (i32.const 65536)) (then (unreachable)))
    (i32.const 65536))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    ;; Pause unless the status is 0 and the size is not.
    (i32.store (i32.const 4) (i32.const 0))
    (i32.or
      (i32.ne (call $get_header (i32.const 0) (i32.const 16) (i32.const 13) (i32.const 0) (i32.const 4))
              (i32.const 0))
      (i32.eqz (i32.load (i32.const 4))))))
