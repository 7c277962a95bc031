package main

//go:wasmimport wasi_snapshot_preview1 fd_write
func wasiWrite(fd, iovs, count, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_read
func wasiRead(fd, iovs, count, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_seek
func wasiSeek(fd uint32, offset int64, whence, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_close
func wasiClose(fd uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_fdstat_get
func wasiFdstatGet(fd, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func wasiPrestatGet(fd, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_filestat_get
func wasiFilestatGet(fd, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_tell
func wasiTell(fd, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_sync
func wasiSync(fd uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_advise
func wasiAdvise(fd uint32, offset, size uint64, advice uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_allocate
func wasiAllocate(fd uint32, offset, size uint64) uint32

//go:wasmimport wasi_snapshot_preview1 fd_renumber
func wasiRenumber(fd, to uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_pread
func wasiPread(fd, iovs, count uint32, offset uint64, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_readdir
func wasiReaddir(fd, buffer, size uint32, cookie uint64, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_open
func wasiPathOpen(fd, flags, path, pathSize, oflags uint32, rights, inheriting uint64, fdflags, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_filestat_get
func wasiPathFilestatGet(fd, flags, path, pathSize, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_unlink_file
func wasiPathUnlinkFile(fd, path, pathSize uint32) uint32

//go:wasmimport wasi_snapshot_preview1 environ_sizes_get
func wasiEnvironSizesGet(count, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 args_sizes_get
func wasiArgsSizesGet(count, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 clock_time_get
func wasiClockTimeGet(id uint32, precision uint64, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 clock_res_get
func wasiClockResGet(id, out uint32) uint32

//go:wasmimport wasi_snapshot_preview1 random_get
func wasiRandomGet(out, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sched_yield
func wasiSchedYield() uint32

//go:wasmimport wasi_snapshot_preview1 poll_oneoff
func wasiPollOneoff(in, out, count, events uint32) uint32

//go:wasmimport wasi_snapshot_preview1 proc_exit
func wasiProcExit(code uint32)

//go:wasmimport wasi_snapshot_preview1 sock_shutdown
func wasiSockShutdown(fd, how uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_accept
func wasiSockAccept(fd, flags, out uint32) uint32
