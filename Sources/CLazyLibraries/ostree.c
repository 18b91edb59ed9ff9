#include <ostree.h>

#include "CLazyLibraries.h"

#define OSTREE_SONAME "libostree-1.so.1"

LAZY_FUNCTION(OSTREE_SONAME, void, ostree_async_progress_finish,
              (OstreeAsyncProgress *self),
              (self))
LAZY_FUNCTION(OSTREE_SONAME, guint, ostree_async_progress_get_uint,
              (OstreeAsyncProgress *self, const char *key),
              (self, key))
LAZY_FUNCTION(OSTREE_SONAME, guint64, ostree_async_progress_get_uint64,
              (OstreeAsyncProgress *self, const char *key),
              (self, key))
LAZY_FUNCTION(OSTREE_SONAME, OstreeAsyncProgress *, ostree_async_progress_new, (void), ())
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_commit_get_object_sizes,
              (GVariant *commit_variant, GPtrArray **out_sizes_entries, GError **error),
              (commit_variant, out_sizes_entries, error))
LAZY_FUNCTION(OSTREE_SONAME, guint64, ostree_commit_get_timestamp,
              (GVariant *commit_variant),
              (commit_variant))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_gpg_verify_result_require_valid_signature,
              (OstreeGpgVerifyResult *result, GError **error),
              (result, error))
LAZY_FUNCTION(OSTREE_SONAME, void, ostree_object_name_deserialize,
              (GVariant *variant, const char **out_checksum, OstreeObjectType *out_objtype),
              (variant, out_checksum, out_objtype))
LAZY_FUNCTION(OSTREE_SONAME, const char *, ostree_object_type_to_string,
              (OstreeObjectType objtype),
              (objtype))
LAZY_FUNCTION(OSTREE_SONAME, GKeyFile *, ostree_repo_copy_config, (OstreeRepo *self), (self))
LAZY_FUNCTION(OSTREE_SONAME, OstreeRepo *, ostree_repo_create_at,
              (int dfd, const char *path, OstreeRepoMode mode, GVariant *options,
               GCancellable *cancellable, GError **error),
              (dfd, path, mode, options, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_fsck_object,
              (OstreeRepo *self, OstreeObjectType objtype, const char *sha256,
               GCancellable *cancellable, GError **error),
              (self, objtype, sha256, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_has_object,
              (OstreeRepo *self, OstreeObjectType objtype, const char *checksum,
               gboolean *out_have_object, GCancellable *cancellable, GError **error),
              (self, objtype, checksum, out_have_object, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_list_objects,
              (OstreeRepo *self, OstreeRepoListObjectsFlags flags, GHashTable **out_objects,
               GCancellable *cancellable, GError **error),
              (self, flags, out_objects, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_load_commit,
              (OstreeRepo *self, const char *checksum, GVariant **out_commit,
               OstreeRepoCommitState *out_state, GError **error),
              (self, checksum, out_commit, out_state, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_load_file,
              (OstreeRepo *self, const char *checksum, GInputStream **out_input,
               GFileInfo **out_file_info, GVariant **out_xattrs, GCancellable *cancellable,
               GError **error),
              (self, checksum, out_input, out_file_info, out_xattrs, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_load_object_stream,
              (OstreeRepo *self, OstreeObjectType objtype, const char *checksum,
               GInputStream **out_input, guint64 *out_size, GCancellable *cancellable,
               GError **error),
              (self, objtype, checksum, out_input, out_size, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, OstreeRepo *, ostree_repo_open_at,
              (int dfd, const char *path, GCancellable *cancellable, GError **error),
              (dfd, path, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_prune,
              (OstreeRepo *self, OstreeRepoPruneFlags flags, gint depth, gint *out_objects_total,
               gint *out_objects_pruned, guint64 *out_pruned_object_size_total,
               GCancellable *cancellable, GError **error),
              (self, flags, depth, out_objects_total, out_objects_pruned,
               out_pruned_object_size_total, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_pull_with_options,
              (OstreeRepo *self, const char *remote_name_or_baseurl, GVariant *options,
               OstreeAsyncProgress *progress, GCancellable *cancellable, GError **error),
              (self, remote_name_or_baseurl, options, progress, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_query_object_storage_size,
              (OstreeRepo *self, OstreeObjectType objtype, const char *sha256, guint64 *out_size,
               GCancellable *cancellable, GError **error),
              (self, objtype, sha256, out_size, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_read_commit,
              (OstreeRepo *self, const char *ref, GFile **out_root, char **out_commit,
               GCancellable *cancellable, GError **error),
              (self, ref, out_root, out_commit, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_remote_change,
              (OstreeRepo *self, GFile *sysroot, OstreeRepoRemoteChange changeop, const char *name,
               const char *url, GVariant *options, GCancellable *cancellable, GError **error),
              (self, sysroot, changeop, name, url, options, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_remote_gpg_import,
              (OstreeRepo *self, const char *name, GInputStream *source_stream,
               const char * const *key_ids, guint *out_imported, GCancellable *cancellable,
               GError **error),
              (self, name, source_stream, key_ids, out_imported, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_resolve_rev,
              (OstreeRepo *self, const char *refspec, gboolean allow_noent, char **out_rev,
               GError **error),
              (self, refspec, allow_noent, out_rev, error))
LAZY_FUNCTION(OSTREE_SONAME, void, ostree_repo_set_disable_fsync,
              (OstreeRepo *self, gboolean disable_fsync),
              (self, disable_fsync))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_set_ref_immediate,
              (OstreeRepo *self, const char *remote, const char *ref, const char *checksum,
               GCancellable *cancellable, GError **error),
              (self, remote, ref, checksum, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_traverse_commit,
              (OstreeRepo *repo, const char *commit_checksum, int maxdepth,
               GHashTable **out_reachable, GCancellable *cancellable, GError **error),
              (repo, commit_checksum, maxdepth, out_reachable, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, OstreeGpgVerifyResult *, ostree_repo_verify_commit_for_remote,
              (OstreeRepo *self, const gchar *commit_checksum, const gchar *remote_name,
               GCancellable *cancellable, GError **error),
              (self, commit_checksum, remote_name, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_repo_write_config,
              (OstreeRepo *self, GKeyFile *new_config, GError **error),
              (self, new_config, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_deploy_tree,
              (OstreeSysroot *self, const char *osname, const char *revision, GKeyFile *origin,
               OstreeDeployment *provided_merge_deployment, char **override_kernel_argv,
               OstreeDeployment **out_new_deployment, GCancellable *cancellable, GError **error),
              (self, osname, revision, origin, provided_merge_deployment, override_kernel_argv,
               out_new_deployment, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_ensure_initialized,
              (OstreeSysroot *self, GCancellable *cancellable, GError **error),
              (self, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, char *, ostree_sysroot_get_deployment_dirpath,
              (OstreeSysroot *self, OstreeDeployment *deployment),
              (self, deployment))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_get_repo,
              (OstreeSysroot *self, OstreeRepo **out_repo, GCancellable *cancellable,
               GError **error),
              (self, out_repo, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_init_osname,
              (OstreeSysroot *self, const char *osname, GCancellable *cancellable, GError **error),
              (self, osname, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_load,
              (OstreeSysroot *self, GCancellable *cancellable, GError **error),
              (self, cancellable, error))
LAZY_FUNCTION(OSTREE_SONAME, OstreeSysroot *, ostree_sysroot_new, (GFile *path), (path))
LAZY_FUNCTION(OSTREE_SONAME, GKeyFile *, ostree_sysroot_origin_new_from_refspec,
              (OstreeSysroot *self, const char *refspec),
              (self, refspec))
LAZY_FUNCTION(OSTREE_SONAME, gboolean, ostree_sysroot_simple_write_deployment,
              (OstreeSysroot *sysroot, const char *osname, OstreeDeployment *new_deployment,
               OstreeDeployment *merge_deployment, OstreeSysrootSimpleWriteDeploymentFlags flags,
               GCancellable *cancellable, GError **error),
              (sysroot, osname, new_deployment, merge_deployment, flags, cancellable, error))
